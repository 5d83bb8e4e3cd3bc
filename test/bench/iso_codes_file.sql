-- Loads the JSON document in the file :path and tries all operators on it.
\set content `cat :'path'`
INSERT INTO iso.document VALUES (:'file', :'content');
SELECT format('  %s: %s bytes, %s comparisons with native SQL: equal', file, octet_length(jsonb_send(doc)), iso.check_file(file)) AS message
FROM iso.document
WHERE file = :'file' \gset
\echo :message
