# concurrency.tsv: documents, clients, transactions a second with jsonb_ivm and with the best native SQL
is(name) = sprintf("< awk -F '\t' '$1 == \"%s\"' concurrency.tsv", name)
set output "concurrency.svg"
set multiplot layout 1, 2
set xlabel "clients"
set ylabel "transactions a second"
set yrange [0:*]
set xtics (1, 2, 4, 8)
do for [name in "disjoint shared"] {
	set title name." documents"
	plot is(name) using 2:3 with linespoints ls 1 title "jsonb_ivm", "" using 2:4 with linespoints ls 2 title "best native SQL"
	unset ylabel
}
unset multiplot
