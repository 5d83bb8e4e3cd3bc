# batch.tsv: storage and kind, edits, excess over a fresh compression in percent, mean and most
is(name) = sprintf("< awk -F '\t' '$1 == \"%s\"' batch.tsv", name)
set output "batch.svg"
set multiplot layout 1, 2
set xlabel "edits of one document"
set ylabel "stored size over a fresh compression (%)"
set yrange [0:15]
do for [storage in "pglz lz4"] {
	set title storage
	plot is(storage." fields") using 2:3 with lines ls 1 title "fields", is(storage." growth") using 2:3 with lines ls 3 title "growth", \
		is(storage." mixed") using 2:3 with lines ls 2 title "mixed", "" using 2:4 with lines ls 2 lw 1 dt 3 title "mixed, at worst"
	unset ylabel
}
unset multiplot
