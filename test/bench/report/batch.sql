\echo
\echo '## Edit after edit'
\echo
\echo 'The stored size of a 50 KB document over that of a fresh compression.  Fields: a server gets another address and'
\echo 'remark.  Growth: one more server.  Mixed: these, other remarks, and other texts in the history.'
SELECT bench.markdown($$
	SELECT storage AS stored, kind AS edits, edits AS "how many", documents, round(mean::numeric, 4) AS mean, round(most::numeric, 4) AS "at worst",
		round(plain_bytes) AS "document (bytes)", round(stored_bytes) AS "stored", round(fresh_bytes) AS "fresh"
	FROM bench.batch
	WHERE edits IN (1, 50, 100, 300, 1000) OR edits = (SELECT max(edits) FROM bench.batch)
	ORDER BY storage, kind, batch.edits
$$);
\echo '![Stored size](batch.svg)'
\pset fieldsep '\t'
\o :dir/batch.tsv
SELECT storage || ' ' || kind, edits, 100 * (mean - 1), 100 * (most - 1) FROM bench.batch ORDER BY storage, kind, edits;
\o
\pset fieldsep '|'
