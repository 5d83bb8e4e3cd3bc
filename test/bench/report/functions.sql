-- What the sections share.

-- The rows of a query as a Markdown table.
CREATE FUNCTION bench.markdown(query text) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
	r record;
	heading text;
BEGIN
	FOR r IN EXECUTE query LOOP
		IF heading IS NULL THEN
			SELECT E'\n| ' || string_agg(key, ' | ') || E' |\n|' || repeat(' --- |', count(*)::int)
			INTO heading
			FROM json_each_text(row_to_json(r));
			RETURN NEXT heading;
		END IF;
		-- a bar within a cell would end it
		RETURN NEXT (
			SELECT '| ' || string_agg(replace(COALESCE(value, ''), '|', '\|'), ' | ') || ' |'
			FROM json_each_text(row_to_json(r)));
	END LOOP;
	RETURN NEXT '';
END
$$;

CREATE FUNCTION bench.ms(milliseconds float8) RETURNS text
LANGUAGE sql
AS $$ SELECT to_char(milliseconds, CASE WHEN milliseconds < 10 THEN 'FM9990.00' ELSE 'FM999990.0' END) $$;

CREATE FUNCTION bench.times(factor float8) RETURNS text
LANGUAGE sql
AS $$ SELECT to_char(factor, CASE WHEN factor < 10 THEN 'FM9990.00' ELSE 'FM999990.0' END) || ' ×' $$;

CREATE FUNCTION bench.size(bytes numeric) RETURNS text
LANGUAGE sql
AS $$
	SELECT CASE
		WHEN bytes < 1000 THEN bytes || ' B'
		WHEN bytes < 1000000 THEN round(bytes / CASE WHEN bytes % 1024 = 0 THEN 1024 ELSE 1000 END) || ' KB'
		ELSE round(bytes / 1000000) || ' MB' END
$$;

