# tables.tsv: what the table has, and how many times as fast jsonb_ivm is as: native SQL, a plain copy
set output "tables.svg"
set title "A table of 50 KB documents that has …: jsonb_ivm is so many times as fast as"
set key top right
set style data histogram
set style fill solid 0.85
set boxwidth 0.9
set yrange [0:*]
set xtics scale 0 rotate by -20
set rmargin 8
plot "tables.tsv" using 2:xtic(1) lc rgb "#c0392b" title "the best native SQL", "" using 3 lc rgb "#2e5fa3" title "a plain copy"
