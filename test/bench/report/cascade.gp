# cascade.tsv: cascade, and how many times as fast jsonb_ivm is as: the rebuild, re-aggregation, the best native SQL
set output "cascade.svg"
set title "The cascade: jsonb_ivm is so many times as fast as"
set style data histogram
set style fill solid 0.85
set boxwidth 0.9
set yrange [0:*]
set xtics scale 0 rotate by -20
set rmargin 8
plot "cascade.tsv" using 2:xtic(1) lc rgb "#888888" title "a full rebuild", \
	"" using 3 lc rgb "#2e5fa3" title "re-aggregation", \
	"" using 4 lc rgb "#c0392b" title "the best native SQL"
