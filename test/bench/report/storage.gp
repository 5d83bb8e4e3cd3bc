# storage.tsv: storage, bytes, and how many times as fast as native are: jsonb_ivm, the plain copy, the ceiling
is(name) = sprintf("< awk -F '\t' '$1 == \"%s\"' storage.tsv", name)
set output "storage.svg"
set multiplot layout 1, 4 title "An UPDATE of one field, on disk: times as fast as the best native SQL"
set logscale xy
set yrange [0.7:60]
set xrange [700:3000000]
set xtics ("1 KB" 1024, "16 KB" 16384, "250 KB" 256000, "2 MB" 2097152) rotate by -30
do for [name in "pglz lz4 external inline"] {
	set title name
	plot is(name) using 2:5 with linespoints ls 5 title "ceiling", \
		"" using 2:3 with linespoints ls 1 title "jsonb_ivm", \
		"" using 2:4 with linespoints ls 3 title "plain copy", 1 ls 5 notitle
	unset key
}
unset multiplot
