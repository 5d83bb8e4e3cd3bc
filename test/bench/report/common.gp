# What all plots have in common.  They are drawn in the directory that holds the data.
set terminal svg size 900,420 font "sans-serif,12" background "white" noenhanced rounded
set datafile separator "\t"
set border 3 lc rgb "#666666"
set tics nomirror
set grid y lc rgb "#dddddd"
set key top left Left reverse
set style line 1 lc rgb "#0b6e4f" lw 2.5 pt 7 ps 0.6
set style line 2 lc rgb "#c0392b" lw 2 pt 5 ps 0.6
set style line 3 lc rgb "#2e5fa3" lw 2 pt 9 ps 0.6
set style line 4 lc rgb "#8e7cc3" lw 2 pt 13 ps 0.6
set style line 5 lc rgb "#888888" lw 1.5 dt 2
