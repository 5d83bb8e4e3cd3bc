-- All that the catalog holds of the extension, but for the numbers of objects.
SELECT 'extension', to_jsonb(e) - 'oid' FROM pg_extension AS e WHERE extname = 'jsonb_ivm';
WITH member AS (
	SELECT d.classid, d.objid FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
	WHERE e.extname = 'jsonb_ivm' AND d.deptype = 'e'
), line AS (
	SELECT pg_describe_object(classid, objid, 0) AS object, 'comment' AS what, obj_description(objid, c.relname) AS value
	FROM member JOIN pg_class AS c ON c.oid = classid
	UNION ALL
	SELECT p.oid::regprocedure::text, 'function', (to_jsonb(p) - 'oid' || jsonb_build_object('arguments', pg_get_function_arguments(p.oid)))::text
	FROM member JOIN pg_proc AS p ON p.oid = objid AND classid = 'pg_proc'::regclass
	UNION ALL
	SELECT a.aggfnoid::regprocedure::text, 'aggregate', to_jsonb(a)::text
	FROM member JOIN pg_aggregate AS a ON a.aggfnoid = objid AND classid = 'pg_proc'::regclass
	UNION ALL
	SELECT pg_describe_object(d.classid, d.objid, d.objsubid), 'depends', concat_ws(' ', d.deptype, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
	FROM pg_depend AS d WHERE (d.classid, d.objid) IN (SELECT classid, objid FROM member)
	UNION ALL
	SELECT pg_describe_object(i.classoid, i.objoid, i.objsubid), 'privileges', i.initprivs::text
	FROM pg_init_privs AS i WHERE (i.classoid, i.objoid) IN (SELECT classid, objid FROM member)
)
SELECT * FROM line ORDER BY object COLLATE "C", what COLLATE "C", value COLLATE "C";
