\echo
\echo '## Memory'
\echo
\echo 'The most that one call has from malloc at a time, in documents, over all shapes above 16 KB, fetching and'
\echo 'decompressing included (EXTENDED is compressed by pglz):'
SELECT bench.markdown($$
	SELECT storage, operator, what AS "case",
		round(min(native / document_bytes::numeric), 2) || ' to ' || round(max(native / document_bytes::numeric), 2) AS native,
		round(min(jsonb_ivm / document_bytes::numeric), 2) || ' to ' || round(max(jsonb_ivm / document_bytes::numeric), 2) AS jsonb_ivm,
		round(max(jsonb_ivm / native::numeric), 3) AS "over native's, at worst"
	FROM bench.memory
	GROUP BY storage, operator, what
	ORDER BY storage, operator, what
$$);
\echo 'What many operations in one loop leave behind in the session, in bytes:'
SELECT bench.markdown($$
	SELECT operator, way, operations, bytes AS "in contexts", resident AS "resident"
	FROM bench.growth_result
	ORDER BY operator, way
$$);
