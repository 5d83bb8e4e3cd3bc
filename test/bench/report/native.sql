-- The ways of the operators, and the UPDATEs that are written for one part only.
SELECT format(E'\n### %s: %s\n\n```sql%s```', operator, way, regexp_replace(expression, E'\n\t', E'\n', 'g'))
FROM bench.way
WHERE kind <> 'jsonb_ivm'
ORDER BY operator, way;

SELECT format(E'\n### %s: %s: %s\n\n```sql\n%s\n```', part, job, way, btrim(regexp_replace(sql, E'\n\t\t', E'\n', 'g'), E'\n\t '))
FROM bench.statement
WHERE kind = 'native' AND subject = 'pglz' AND bytes = 51200 AND (part = 'policy' OR part = 'storage' AND job = 'place known')
ORDER BY part, job, way;
