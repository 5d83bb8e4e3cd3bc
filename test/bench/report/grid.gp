# grid.tsv and elements.tsv: operator, bytes or elements, factor, least factor, time over a copy's
operators = "array_update_where array_upsert_where merge_at_path has_path_changed"
is(name) = sprintf("< awk -F '\t' '$1 == \"%s\"' %s", name, file)
set output "grid.svg"
set multiplot layout 1, 2
set logscale xy
set ylabel "times as fast as the best native way"
set format x "%.0s%cB"
set xlabel "document"
file = "grid.tsv"
plot for [i = 1:4] is(word(operators, i)) using 2:3 with linespoints ls i title word(operators, i), 1 ls 5 notitle
set format x "%.0s%c"
set xlabel "elements of an array"
unset ylabel
file = "elements.tsv"
plot for [i = 1:4] is(word(operators, i)) using 2:3 with linespoints ls i notitle, 1 ls 5 notitle
unset multiplot
