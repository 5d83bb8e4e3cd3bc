-- jsonb_patch: RFC 6902 with RFC 6901, keyed paths, and the operations beyond.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- What a patch gives, or its error; and a complaint if that is not what was wanted, or
-- the target did not stay as it was.
CREATE FUNCTION outcome(target jsonb, patch jsonb, want jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	before constant bytea := raw(target);
	result jsonb;
	answer text;
BEGIN
	result := jsonb_patch(target, patch);
	answer := result;
	IF NOT COALESCE(identical(result, want), false) THEN
		answer := format('WRONG: %s, not %s', result, want);
	END IF;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN want IS NULL AND raw(target) = before THEN '' ELSE 'WRONG: ' END || 'ERROR ' || SQLSTATE || ': ' || SQLERRM;
END
$$;
-- want is NULL for an error.
CREATE TABLE vector (n serial, source text, target jsonb, patch jsonb, want jsonb);

--
-- The examples of RFC 6902, appendix A.
--
INSERT INTO vector (source, target, patch, want) VALUES
('A.1', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"baz":"qux","foo":"bar"}'),
('A.2', '{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]', '{"foo":["bar","qux","baz"]}'),
('A.3', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'),
('A.4', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'),
('A.5', '{"baz":"qux","foo":"bar"}', '[{"op":"replace","path":"/baz","value":"boo"}]', '{"baz":"boo","foo":"bar"}'),
('A.6', '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}', '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]', '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}'),
('A.7', '{"foo":["all","grass","cows","eat"]}', '[{"op":"move","from":"/foo/1","path":"/foo/3"}]', '{"foo":["all","cows","eat","grass"]}'),
('A.8', '{"baz":"qux","foo":["a",2,"c"]}', '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]', '{"baz":"qux","foo":["a",2,"c"]}'),
('A.9', '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]', NULL),
('A.10', '{"foo":"bar"}', '[{"op":"add","path":"/child","value":{"grandchild":{}}}]', '{"foo":"bar","child":{"grandchild":{}}}'),
('A.11', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","xyz":123}]', '{"foo":"bar","baz":"qux"}'),
('A.12', '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', NULL),
-- Of two members "op" jsonb keeps the last one, which removes what is not there.
('A.13', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","op":"remove"}]', NULL),
('A.14', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'),
('A.15', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]', NULL),
('A.16', '{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc","def"]}]', '{"foo":["bar",["abc","def"]]}');
SELECT source, outcome(target, patch, want) FROM vector ORDER BY n;
TRUNCATE vector;

--
-- RFC 6902, sentence by sentence.
--
INSERT INTO vector (source, target, patch, want) VALUES
('3: a patch represents an array', '{}', '{"op":"add","path":"/a","value":1}', NULL),
('3: a patch represents an array', '{}', '"add"', NULL),
('3: a patch represents an array', '{}', 'null', NULL),
('3: an array of objects', '{}', '[["add","/a",1]]', NULL),
('3: an array of objects', '{}', '["add"]', NULL),
('3: an array of objects', '{}', '[null]', NULL),
('3: no operations', '{"a":[1.10,"x"]}', '[]', '{"a":[1.10,"x"]}'),
('3: no operations', '"scalar"', '[]', '"scalar"'),
('3: in the order in which they appear', '{}', '[{"op":"add","path":"/a","value":1},{"op":"replace","path":"/a","value":2},{"op":"add","path":"/b","value":3}]', '{"a":2,"b":3}'),
('3: in the order in which they appear', '{}', '[{"op":"replace","path":"/a","value":2},{"op":"add","path":"/a","value":1}]', NULL),
('3: the result is the target of the next one', '{}', '[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":[]},{"op":"add","path":"/a/b/0","value":"x"},{"op":"copy","from":"/a/b/0","path":"/a/b/0"}]', '{"a":{"b":["x","x"]}}'),
('3: until an error is encountered', '{"a":1}', '[{"op":"add","path":"/b","value":2},{"op":"remove","path":"/c"},{"op":"add","path":"/c","value":2}]', NULL),
('4: MUST have one "op" member', '{"a":1}', '[{"path":"/a"}]', NULL),
('4: MUST have one "op" member', '{"a":1}', '[{"op":null,"path":"/a"}]', NULL),
('4: MUST have one "op" member', '{"a":1}', '[{"op":["remove"],"path":"/a"}]', NULL),
('4: other values are errors', '{"a":1}', '[{"op":"spam","path":"/a","value":1}]', NULL),
('4: other values are errors', '{"a":1}', '[{"op":"Remove","path":"/a"}]', NULL),
('4: other values are errors', '{"a":1}', '[{"op":"","path":"/a"}]', NULL),
('4: MUST have one "path" member', '{"a":1}', '[{"op":"remove"}]', NULL),
('4: MUST have one "path" member', '{"a":1}', '[{"op":"test","value":{"a":1}}]', NULL),
('4: a string that holds a pointer', '{"a":1}', '[{"op":"remove","path":null}]', NULL),
('4: a string that holds a pointer', '{"1":1}', '[{"op":"remove","path":1}]', NULL),
('4: a string that holds a pointer', '{"a":1}', '[{"op":"remove","path":{"a":1}}]', NULL),
('4: not explicitly defined members MUST be ignored', '{"a":1}', '[{"op":"remove","path":"/a","value":1,"from":7,"key":null,"updates":[],"":0}]', '{}'),
('4: not explicitly defined members MUST be ignored', '{"a":1}', '[{"op":"test","path":"/a","value":1,"from":"/x","":null}]', '{"a":1}'),
('4: the ordering of members is not significant', '{"a":1}', '[{"value":2,"path":"/b","op":"add"}]', '{"a":1,"b":2}'),
('4.1: inserted into the array at the index', '["a","c"]', '[{"op":"add","path":"/1","value":"b"}]', '["a","b","c"]'),
('4.1: inserted into the array at the index', '[1]', '[{"op":"add","path":"/0","value":0}]', '[0,1]'),
('4.1: a new member is added', '{"a":1}', '[{"op":"add","path":"/b","value":null}]', '{"a":1,"b":null}'),
('4.1: the value of a member that exists is replaced', '{"a":1}', '[{"op":"add","path":"/a","value":{"b":2}}]', '{"a":{"b":2}}'),
('4.1: the value of a member that exists is replaced', '{"a":null}', '[{"op":"add","path":"/a","value":1}]', '{"a":1}'),
('4.1: MUST contain a "value" member', '{"a":1}', '[{"op":"add","path":"/a"}]', NULL),
('4.1: the root', '{"a":1}', '[{"op":"add","path":"","value":["x",1.10]}]', '["x",1.10]'),
('4.1: the root', '{"a":1}', '[{"op":"add","path":"","value":"x"},{"op":"add","path":"","value":{}},{"op":"add","path":"/b","value":1}]', '{"b":1}'),
('4.1: the root', '5', '[{"op":"add","path":"","value":{"a":[]}},{"op":"add","path":"/a/-","value":5}]', '{"a":[5]}'),
('4.1: a member of an existing object', '{"a":{"foo":1}}', '[{"op":"add","path":"/a/b","value":2}]', '{"a":{"foo":1,"b":2}}'),
('4.1: a member of an existing object', '{"q":{"bar":2}}', '[{"op":"add","path":"/a/b","value":2}]', NULL),
('4.1: a member of an existing object', '{"a":null}', '[{"op":"add","path":"/a/b","value":2}]', NULL),
('4.1: a member of an existing object', '{"a":"text"}', '[{"op":"add","path":"/a/b","value":2}]', NULL),
('4.1: a member of an existing object', '7', '[{"op":"add","path":"/b","value":2}]', NULL),
('4.1: elements at or above are shifted to the right', '[[0,1,2,3]]', '[{"op":"add","path":"/0/2","value":"x"},{"op":"test","path":"/0/3","value":2},{"op":"test","path":"/0/4","value":3}]', '[[0,1,"x",2,3]]'),
('4.1: MUST NOT be greater than the number of elements', '[0,1]', '[{"op":"add","path":"/3","value":"x"}]', NULL),
('4.1: MUST NOT be greater than the number of elements', '[]', '[{"op":"add","path":"/1","value":"x"}]', NULL),
('4.1: it may be the number of elements', '[0,1]', '[{"op":"add","path":"/2","value":"x"}]', '[0,1,"x"]'),
('4.1: it may be the number of elements', '[]', '[{"op":"add","path":"/0","value":"x"},{"op":"add","path":"/1","value":"y"},{"op":"add","path":"/3","value":"y"}]', NULL),
('4.1: it may be the number of elements', '[1,2,3]', '[{"op":"remove","path":"/0"},{"op":"remove","path":"/0"},{"op":"add","path":"/1","value":"y"},{"op":"add","path":"/2","value":"z"}]', '[3,"y","z"]'),
('4.1: "-" appends', '{"a":[1,2]}', '[{"op":"add","path":"/a/-","value":[3]},{"op":"add","path":"/a/-","value":4}]', '{"a":[1,2,[3],4]}'),
('4.1: "-" appends', '[]', '[{"op":"add","path":"/-","value":null}]', '[null]'),
('4.1: a string is not an array', '"abc"', '[{"op":"add","path":"/1","value":"x"}]', NULL),
('4.2: MUST exist', '{"a":1}', '[{"op":"remove","path":"/b"}]', NULL),
('4.2: MUST exist', '[1]', '[{"op":"remove","path":"/1"}]', NULL),
('4.2: MUST exist', '[1]', '[{"op":"remove","path":"/-"}]', NULL),
('4.2: MUST exist', '{"a":1}', '[{"op":"remove","path":"/a/b"}]', NULL),
('4.2: MUST exist', '{"a":null}', '[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]', NULL),
('4.2: without its root there is no document', '{"a":1}', '[{"op":"remove","path":""}]', NULL),
('4.2: elements above are shifted to the left', '[0,1,2,3]', '[{"op":"remove","path":"/1"},{"op":"test","path":"/1","value":2},{"op":"remove","path":"/1"}]', '[0,3]'),
('4.2: a member that is null exists', '{"a":null,"b":1}', '[{"op":"remove","path":"/a"}]', '{"b":1}'),
('4.3: MUST contain a "value" member', '{"a":1}', '[{"op":"replace","path":"/a"}]', NULL),
('4.3: MUST exist', '{"a":1}', '[{"op":"replace","path":"/b","value":1}]', NULL),
('4.3: MUST exist', '[1]', '[{"op":"replace","path":"/1","value":1}]', NULL),
('4.3: MUST exist', '[1]', '[{"op":"replace","path":"/-","value":1}]', NULL),
('4.3: replaces the value', '{"a":[1,{"b":2}]}', '[{"op":"replace","path":"/a/1/b","value":[null]},{"op":"replace","path":"/a/0","value":"x"}]', '{"a":["x",{"b":[null]}]}'),
('4.3: replaces the value', '{"a":1}', '[{"op":"replace","path":"","value":false}]', 'false'),
('4.3: like a remove followed by an add', '[0,1,2]', '[{"op":"replace","path":"/1","value":"x"}]', '[0,"x",2]'),
('4.3: like a remove followed by an add', '[0,1,2]', '[{"op":"remove","path":"/1"},{"op":"add","path":"/1","value":"x"}]', '[0,"x",2]'),
('4.4: MUST contain a "from" member', '{"a":1}', '[{"op":"move","path":"/b"}]', NULL),
('4.4: MUST contain a "from" member', '{"a":1}', '[{"op":"move","from":1,"path":"/b"}]', NULL),
('4.4: "from" MUST exist', '{"a":1}', '[{"op":"move","from":"/b","path":"/c"}]', NULL),
('4.4: "from" MUST exist', '[1]', '[{"op":"move","from":"/1","path":"/0"}]', NULL),
('4.4: "from" MUST exist', '[1]', '[{"op":"move","from":"/-","path":"/0"}]', NULL),
('4.4: "from" MUST exist', '[1]', '[{"op":"move","from":"/7","path":"/7"}]', NULL),
('4.4: like a remove followed by an add', '{"a":[0,1,2,3],"b":{}}', '[{"op":"move","from":"/a/0","path":"/a/3"},{"op":"move","from":"/a/1","path":"/b/x"},{"op":"move","from":"/a","path":"/b/a"}]', '{"b":{"a":[1,3,0],"x":2}}'),
('4.4: like a remove followed by an add', '[0,1,2]', '[{"op":"move","from":"/0","path":"/3"}]', NULL),
('4.4: like a remove followed by an add', '{"a":1,"b":2}', '[{"op":"move","from":"/a","path":"/b"}]', '{"b":1}'),
('4.4: like a remove followed by an add', '{"a":{"b":[1.10]}}', '[{"op":"move","from":"/a/b","path":""}]', '[1.10]'),
('4.4: like a remove followed by an add', '{"a":{"b":1},"c":2}', '[{"op":"move","from":"/a/b","path":"/a"}]', '{"a":1,"c":2}'),
('4.4: MUST NOT be a proper prefix', '{"a":{"b":{}}}', '[{"op":"move","from":"/a","path":"/a/b"}]', NULL),
('4.4: MUST NOT be a proper prefix', '{"a":{"b":{}}}', '[{"op":"move","from":"","path":"/a"}]', NULL),
('4.4: MUST NOT be a proper prefix', '[[],[]]', '[{"op":"move","from":"/0","path":"/0/-"}]', NULL),
('4.4: another name may begin in the same way', '{"a":1,"ab":{}}', '[{"op":"move","from":"/a","path":"/ab/c"}]', '{"ab":{"c":1}}'),
('4.4: to where it is', '{"a":{"b":1.10}}', '[{"op":"move","from":"/a/b","path":"/a/b"},{"op":"move","from":"","path":""}]', '{"a":{"b":1.10}}'),
('4.5: MUST contain a "from" member', '{"a":1}', '[{"op":"copy","path":"/b","value":1}]', NULL),
('4.5: "from" MUST exist', '{"a":1}', '[{"op":"copy","from":"/b","path":"/c"}]', NULL),
('4.5: like an add with the value', '{"a":{"b":[1.10]}}', '[{"op":"copy","from":"/a/b","path":"/c"},{"op":"copy","from":"/a","path":"/a/b/0"}]', '{"a":{"b":[{"b":[1.10]},1.10]},"c":[1.10]}'),
('4.5: like an add with the value', '[1,2]', '[{"op":"copy","from":"/1","path":"/0"},{"op":"copy","from":"/0","path":"/-"},{"op":"copy","from":"","path":"/1"}]', '[2,[2,1,2,2],1,2,2]'),
('4.5: like an add with the value', '[1,2]', '[{"op":"copy","from":"/0","path":"/4"}]', NULL),
('4.6: MUST contain a "value" member', '{"a":null}', '[{"op":"test","path":"/a"}]', NULL),
('4.6: MUST be equal', '{"a":1}', '[{"op":"test","path":"/a","value":2}]', NULL),
('4.6: MUST be equal', '{"a":1}', '[{"op":"test","path":"/b","value":null}]', NULL),
('4.6: MUST be equal', '{"a":1}', '[{"op":"test","path":"","value":{"a":1}}]', '{"a":1}'),
('4.6: of the same type', '{"a":0}', '[{"op":"test","path":"/a","value":false}]', NULL),
('4.6: of the same type', '{"a":[]}', '[{"op":"test","path":"/a","value":{}}]', NULL),
('4.6: of the same type', '{"a":"1"}', '[{"op":"test","path":"/a","value":1}]', NULL),
('4.6: strings have the same code points', '{"a":"\u00e9"}', '[{"op":"test","path":"/a","value":"é"}]', '{"a":"é"}'),
('4.6: strings have the same code points', '{"a":"\u00e9"}', '[{"op":"test","path":"/a","value":"e\u0301"}]', NULL),
('4.6: numbers are numerically equal', '{"a":1}', '[{"op":"test","path":"/a","value":1.00},{"op":"test","path":"/a","value":1e0}]', '{"a":1}'),
('4.6: numbers are numerically equal', '{"a":12345678901234567890.1}', '[{"op":"test","path":"/a","value":12345678901234567890.2}]', NULL),
('4.6: arrays have equal values in each position', '[1,[2]]', '[{"op":"test","path":"","value":[1.0,[2.0]]}]', '[1,[2]]'),
('4.6: arrays have equal values in each position', '[1,2]', '[{"op":"test","path":"","value":[2,1]}]', NULL),
('4.6: arrays have the same number of values', '[1,2]', '[{"op":"test","path":"","value":[1,2,3]}]', NULL),
('4.6: objects have equal members', '{"a":{"x":1,"y":2}}', '[{"op":"test","path":"/a","value":{"y":2.0,"x":1}}]', '{"a":{"x":1,"y":2}}'),
('4.6: objects have equal members', '{"a":{"x":1,"y":2}}', '[{"op":"test","path":"/a","value":{"x":1,"z":2}}]', NULL),
('4.6: objects have the same number of members', '{"a":{"x":1,"y":2}}', '[{"op":"test","path":"/a","value":{"x":1}}]', NULL),
('4.6: literals are the same', '[null,true,false]', '[{"op":"test","path":"/0","value":null},{"op":"test","path":"/1","value":true},{"op":"test","path":"/2","value":false}]', '[null,true,false]'),
('4.6: literals are the same', '[null]', '[{"op":"test","path":"/0","value":false}]', NULL),
('4.6: what operations before have made', '{"a":{"x":1}}', '[{"op":"add","path":"/a/y","value":[2]},{"op":"add","path":"/a/y/0","value":1},{"op":"test","path":"/a","value":{"x":1.0,"y":[1,2]}},{"op":"test","path":"/a","value":{"x":1.0,"y":[1]}}]', NULL),
('4.6: what operations before have made', '{"a":{"x":1}}', '[{"op":"add","path":"/a/y","value":[2]},{"op":"add","path":"/a/y/0","value":1},{"op":"test","path":"/a","value":{"x":1.0,"y":[1,2]}},{"op":"remove","path":"/a/y/0"},{"op":"test","path":"","value":{"a":{"y":[2],"x":1}}}]', '{"a":{"x":1,"y":[2]}}'),
('5: SHALL NOT be deemed successful', '{"a":{"b":"c"}}', '[{"op":"replace","path":"/a/b","value":42},{"op":"test","path":"/a/b","value":"C"}]', NULL),
('5: SHALL NOT be deemed successful', '{"a":1}', '[{"op":"remove","path":"/a"},{"op":"remove"}]', NULL);
SELECT source, outcome(target, patch, want) FROM vector ORDER BY n;
TRUNCATE vector;

--
-- RFC 6901, sentence by sentence.
--
INSERT INTO vector (source, target, patch, want) VALUES
('3: zero or more tokens', '{"a":1}', '[{"op":"test","path":"","value":{"a":1}}]', '{"a":1}'),
('3: each prefixed by a slash', '{"a":{"b":1}}', '[{"op":"test","path":"/a/b","value":1}]', '{"a":{"b":1}}'),
('3: each prefixed by a slash', '{"a":1}', '[{"op":"test","path":"a","value":1}]', NULL),
('3: each prefixed by a slash', '{"a":{"b":1}}', '[{"op":"test","path":"a/b","value":1}]', NULL),
('3: each prefixed by a slash', '{"a":1}', '[{"op":"test","path":" /a","value":1}]', NULL),
('3: each prefixed by a slash', '{"a":1}', '[{"op":"copy","from":"a","path":"/b"}]', NULL),
('3: tokens may be empty', '{"":{"":1},"a":{"":{"b":2}}}', '[{"op":"test","path":"//","value":1},{"op":"test","path":"/a//b","value":2},{"op":"test","path":"/","value":{"":1}}]', '{"":{"":1},"a":{"":{"b":2}}}'),
('3: ~ is encoded as ~0, / as ~1', '{}', '[{"op":"add","path":"/~0","value":0},{"op":"add","path":"/~1","value":1},{"op":"add","path":"/~0~1~0","value":2},{"op":"add","path":"/a~1b/","value":3}]', NULL),
('3: ~ is encoded as ~0, / as ~1', '{}', '[{"op":"add","path":"/~0","value":0},{"op":"add","path":"/~1","value":1},{"op":"add","path":"/~0~1~0","value":2},{"op":"add","path":"/a~1b","value":3}]', '{"~":0,"/":1,"~/~":2,"a/b":3}'),
('3: a tilde alone is no token', '{"~":1}', '[{"op":"test","path":"/~","value":1}]', NULL),
('3: a tilde alone is no token', '{"~2":1}', '[{"op":"test","path":"/~2","value":1}]', NULL),
('3: a tilde alone is no token', '{"~":{"a":1}}', '[{"op":"test","path":"/~/a","value":1}]', NULL),
('3: a tilde alone is no token', '{"a":1}', '[{"op":"test","path":"/a~","value":1}]', NULL),
('4: begins with the root', '[1]', '[{"op":"test","path":"","value":[1]}]', '[1]'),
('4: ~01 becomes ~1', '{"~1":1,"/":2}', '[{"op":"test","path":"/~01","value":1}]', '{"~1":1,"/":2}'),
('4: ~01 becomes ~1', '{"~0":1,"~":2}', '[{"op":"test","path":"/~00","value":1},{"op":"test","path":"/~0","value":2}]', '{"~0":1,"~":2}'),
('4: the member with the name', '{"a":1,"A":2,"a ":3}', '[{"op":"test","path":"/a","value":1},{"op":"test","path":"/A","value":2},{"op":"test","path":"/a ","value":3}]', '{"a":1,"A":2,"a ":3}'),
('4: no Unicode normalization', '{"\u00e9":1}', '[{"op":"test","path":"/e\u0301","value":1}]', NULL),
('4: no Unicode normalization', '{"\u00e9":1}', '[{"op":"test","path":"/é","value":1}]', '{"é":1}'),
('4: at an object digits and - are names', '{"0":"a","01":"b","-":"c","-1":"d"}', '[{"op":"test","path":"/0","value":"a"},{"op":"test","path":"/01","value":"b"},{"op":"remove","path":"/-"},{"op":"replace","path":"/-1","value":"e"}]', '{"0":"a","01":"b","-1":"e"}'),
('4: at an object a selector is a name', '{"[id=1]":1,"[*]":2,"[-]":3}', '[{"op":"test","path":"/[id=1]","value":1},{"op":"remove","path":"/[*]"},{"op":"add","path":"/[=2]","value":4},{"op":"replace","path":"/[-]","value":5}]', '{"[id=1]":1,"[-]":5,"[=2]":4}'),
('4: at an array the index', '[["a","b"]]', '[{"op":"test","path":"/0/1","value":"b"}]', '[["a","b"]]'),
('4: the index has zero or digits from 1 on', '[0,1,2,3,4,5,6,7,8,9,10]', '[{"op":"test","path":"/10","value":10},{"op":"test","path":"/0","value":0}]', '[0,1,2,3,4,5,6,7,8,9,10]'),
('4: leading zeros are not allowed', '[0,1]', '[{"op":"test","path":"/01","value":1}]', NULL),
('4: leading zeros are not allowed', '[0,1]', '[{"op":"test","path":"/00","value":0}]', NULL),
('4: leading zeros are not allowed', '[0,1]', '[{"op":"add","path":"/02","value":0}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/-1","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/-0","value":0}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/+1","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/1e0","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/1.0","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/ 1","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/1 ","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/0x1","value":1}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/","value":0}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"test","path":"/a","value":0}]', NULL),
('4: an unsigned integer', '[0,1]', '[{"op":"add","path":"/a","value":0}]', NULL),
('4: an unsigned integer', '[{"id":1}]', '[{"op":"remove","path":"/[id=1]"}]', NULL),
('4: an unsigned integer', '[1]', '[{"op":"add","path":"/[-]","value":2}]', NULL),
('4: digits are those of ASCII', '[0,1]', '[{"op":"test","path":"/١","value":1}]', NULL),
('4: larger than any array', '[0,1]', '[{"op":"test","path":"/4294967296","value":0}]', NULL),
('4: larger than any array', '[0,1]', '[{"op":"test","path":"/18446744073709551616","value":0}]', NULL),
('4: larger than any array', '[0,1]', '[{"op":"add","path":"/99999999999999999999999999999999999999999","value":0}]', NULL),
('4: - is the one behind the last, which does not exist', '[0,1]', '[{"op":"test","path":"/-","value":1}]', NULL),
('4: - is the one behind the last, which does not exist', '[[0]]', '[{"op":"add","path":"/-/0","value":1}]', NULL),
('4: exactly the character -', '[0,1]', '[{"op":"add","path":"/--","value":1}]', NULL),
('4: an error if a token finds no value', '{"a":{}}', '[{"op":"test","path":"/a/b/c","value":1}]', NULL),
('4: an error if a token finds no value', '{"a":"text"}', '[{"op":"test","path":"/a/0","value":"t"}]', NULL),
('7: invalid syntax', '{"a":1}', '[{"op":"test","path":"/a~3","value":1}]', NULL),
('7: references a nonexistent value', '{"a":1}', '[{"op":"test","path":"/b","value":1}]', NULL);
SELECT source, outcome(target, patch, want) FROM vector ORDER BY n;
TRUNCATE vector;

-- Its section 5.
SELECT pointer, outcome(target, jsonb_build_array(jsonb_build_object('op', 'test', 'path', pointer, 'value', value)), target) = target::text AS found
FROM (SELECT '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}'::jsonb AS target) AS document,
	 (VALUES ('"/foo"', '["bar","baz"]'), ('"/foo/0"', '"bar"'), ('"/"', '0'), ('"/a~1b"', '1'), ('"/c%d"', '2'), ('"/e^f"', '3'),
			 ('"/g|h"', '4'), ('"/i\\j"', '5'), ('"/k\"l"', '6'), ('"/ "', '7'), ('"/m~0n"', '8')) AS v (token, expected),
	 LATERAL (SELECT token::jsonb AS pointer, expected::jsonb AS value) AS test;

--
-- Keyed paths.
--
INSERT INTO vector (source, target, patch, want) VALUES
('keys and indexes', '{"a":[1,{"b":2}]}', '[{"op":"replace","path":["a",1,"b"],"value":3},{"op":"replace","path":["a","0"],"value":0}]', '{"a":[0,{"b":3}]}'),
('from the end', '{"a":[1,2,3]}', '[{"op":"remove","path":["a",-1]},{"op":"add","path":["a",-1],"value":"x"},{"op":"replace","path":["a","-3"],"value":"y"}]', '{"a":["y","x",2]}'),
('an integer is a key at an object', '{"1":{"-1":2}}', '[{"op":"replace","path":[1,-1],"value":3}]', '{"1":{"-1":3}}'),
('an empty path is the root', '{"a":1}', '[{"op":"test","path":[],"value":{"a":1}}]', '{"a":1}'),
('no escapes', '{"a/b":{"~1":1}}', '[{"op":"replace","path":["a/b","~1"],"value":2}]', '{"a/b":{"~1":2}}'),
('by key', '{"l":[{"id":1},{"id":"x","v":[]}]}', '[{"op":"add","path":["l","[id=x]","v","[-]"],"value":7},{"op":"add","path":["l","[id=1]","w"],"value":8},{"op":"remove","path":["l","[id=1]","id"]}]', '{"l":[{"w":8},{"id":"x","v":[7]}]}'),
('by value', '{"l":["a","b","c"]}', '[{"op":"remove","path":["l","[=b]"]},{"op":"add","path":["l","[=c]"],"value":"x"},{"op":"move","from":["l","[=a]"],"path":["l","[-]"]}]', '{"l":["x","c","a"]}'),
('every element', '{"l":[{"v":1},{"v":2}]}', '[{"op":"add","path":["l","[*]","w"],"value":0},{"op":"replace","path":["l","[*]","v"],"value":3},{"op":"test","path":["l","[*]","w"],"value":0}]', '{"l":[{"v":3,"w":0},{"v":3,"w":0}]}'),
('every element, the array having changed', '{"l":[{"v":1},{"v":2}]}', '[{"op":"add","path":"/l/1","value":{"v":5}},{"op":"remove","path":"/l/0"},{"op":"increment","path":["l","[*]","v"],"value":10}]', '{"l":[{"v":15},{"v":12}]}'),
('every element, removed', '{"l":[{"v":1},{"v":2}],"m":[[1],[],[2,3]]}', '[{"op":"remove","path":["l","[*]"]},{"op":"remove","path":["m","[*]","[*]"]}]', '{"l":[],"m":[[],[],[]]}'),
('an error at one of them', '{"l":[{"v":1},{}]}', '[{"op":"remove","path":["l","[*]","v"]}]', NULL),
('no element there', '{"l":[]}', '[{"op":"remove","path":["l","[*]"]}]', NULL),
('no element there', '{"l":[]}', '[{"op":"increment","path":["l","[*]"]}]', '{"l":[]}'),
('copied to every element', '{"a":7,"l":[{},{"v":1}]}', '[{"op":"copy","from":"/a","path":["l","[*]","v"]},{"op":"move","from":"/a","path":["l","[*]","a"]}]', '{"l":[{"a":7,"v":7},{"a":7,"v":7}]}'),
('from one place', '{"l":[1,2]}', '[{"op":"copy","from":["l","[*]"],"path":"/x"}]', NULL),
('from one place', '{"l":[{"x":1},{"x":2},[3]]}', '[{"op":"copy","from":["l","[*]","x"],"path":"/x"}]', NULL),
('from one place', '{"l":[{"x":1},{"x":2}]}', '[{"op":"move","from":["l","[*]","x"],"path":"/x"}]', NULL),
('from one place', '{"l":[1]}', '[{"op":"copy","from":["l","[*]"],"path":"/x"}]', '{"l":[1],"x":1}'),
('found among what operations before have made', '{"l":[{"id":1},{"id":2}]}', '[{"op":"add","path":"/l/0","value":{"id":3}},{"op":"replace","path":["l","[id=1]","id"],"value":5},{"op":"add","path":["l","[id=5]","v"],"value":1},{"op":"add","path":["l","[id=3]","v"],"value":2},{"op":"remove","path":["l","[id=2]"]},{"op":"add","path":["l",-1,"w"],"value":6}]', '{"l":[{"id":3,"v":2},{"id":5,"v":1,"w":6}]}'),
('the first one', '{"l":[{"id":1,"n":1},{"id":1,"n":2}]}', '[{"op":"remove","path":["l","[id=1]"]},{"op":"add","path":["l","[id=1]","x"],"value":true}]', '{"l":[{"id":1,"n":2,"x":true}]}'),
('no match', '{"l":[{"id":1}]}', '[{"op":"remove","path":["l","[id=2]"]}]', NULL),
('no match', '{"l":[{"id":1}]}', '[{"op":"add","path":["l","[id=2]"],"value":1}]', NULL),
('no match', '{"l":[{"id":1}]}', '[{"op":"add","path":["l","[id=2]","v"],"value":1}]', NULL),
('a selector creates no key', '{"l":{}}', '[{"op":"add","path":["l","[id=2]"],"value":1}]', NULL),
('an index out of range never appends', '{"l":[1]}', '[{"op":"add","path":["l",1],"value":2}]', NULL),
('an index out of range', '{"l":[1]}', '[{"op":"remove","path":["l",-2]}]', NULL),
('into itself', '{"l":[{"id":1}]}', '[{"op":"move","from":["l","[id=1]"],"path":["l","[id=1]","x"]}]', NULL),
('into itself', '{"l":[{"id":1}]}', '[{"op":"move","from":["l",0],"path":"/l/0/x"}]', NULL),
('to where it is', '{"l":[{"id":1},{"id":2}]}', '[{"op":"move","from":["l","[id=1]"],"path":["l","[id=1]"]}]', '{"l":[{"id":1},{"id":2}]}'),
('elements of other types', '{"a":1}', '[{"op":"remove","path":["a",null]}]', NULL),
('elements of other types', '{"a":1}', '[{"op":"remove","path":[["a"]]}]', NULL),
('elements of other types', '{"a":1}', '[{"op":"remove","path":[true]}]', NULL),
('a number that is no integer', '{"1.5":1}', '[{"op":"remove","path":[1.5]}]', NULL),
('a number that is no integer', '[1,2]', '[{"op":"remove","path":[1.0]}]', NULL),
('a malformed selector', '[[1]]', '[{"op":"remove","path":[0,"[id]"]}]', NULL),
('neither integer nor selector', '[[1]]', '[{"op":"remove","path":["x",0]}]', NULL),
('[-] in the middle', '[[1]]', '[{"op":"add","path":["[-]",0],"value":1}]', NULL);
SELECT source, outcome(target, patch, want) FROM vector ORDER BY n;
TRUNCATE vector;

--
-- The operations beyond the RFC.
--
INSERT INTO vector (source, target, patch, want) VALUES
('merge', '{"a":{"x":1,"o":{"y":1}}}', '[{"op":"merge","path":"/a","value":{"o":{"z":2},"w":null}}]', '{"a":{"o":{"z":2},"w":null,"x":1}}'),
('merge creates', '{}', '[{"op":"merge","path":"/a/b","value":{"x":1}},{"op":"merge","path":"/a/b","value":{"y":2}}]', '{"a":{"b":{"x":1,"y":2}}}'),
('merge creates', '{"a":null}', '[{"op":"merge","path":"/a/b","value":{}}]', '{"a":{"b":{}}}'),
('merge creates a key that looks like a selector', '{}', '[{"op":"merge","path":"/[id=1]","value":{}}]', '{"[id=1]":{}}'),
('merge at the root', '{"a":1}', '[{"op":"merge","path":"","value":{"b":2}}]', '{"a":1,"b":2}'),
('merge with what operations before have made', '{"a":{"x":1,"y":2}}', '[{"op":"remove","path":"/a/x"},{"op":"add","path":"/a/z","value":3},{"op":"merge","path":"/a","value":{"x":1,"z":4}}]', '{"a":{"x":1,"y":2,"z":4}}'),
('merge: not an object', '{"a":[1]}', '[{"op":"merge","path":"/a","value":{"b":2}}]', NULL),
('merge: not an object', '{"a":1}', '[{"op":"merge","path":"/a/b","value":{"b":2}}]', NULL),
('merge: not an object', '{"a":1}', '[{"op":"merge","path":"","value":[2]}]', NULL),
('merge: no value', '{"a":1}', '[{"op":"merge","path":""}]', NULL),
('merge that changes nothing', '{"a":{"x":1},"l":[{"id":{"k":1}}]}', '[{"op":"merge","path":"/a","value":{}},{"op":"merge","path":"/l/0/id","value":{}},{"op":"test","path":"/a","value":{"x":1}},{"op":"copy","from":"/a","path":"/b"},{"op":"update_where","path":"/l","key":"id","value":{"k":1},"updates":{"v":1}}]', '{"a":{"x":1},"b":{"x":1},"l":[{"id":{"k":1},"v":1}]}'),
('deep_merge', '{"a":{"x":1,"o":{"y":1,"l":[1]}}}', '[{"op":"deep_merge","path":"/a","value":{"o":{"z":2,"l":[2]},"w":null}}]', '{"a":{"o":{"l":[2],"y":1,"z":2},"w":null,"x":1}}'),
('deep_merge with what operations before have made', '{"a":{"o":{"y":1}}}', '[{"op":"add","path":"/a/o/p","value":{"q":1}},{"op":"deep_merge","path":"/a","value":{"o":{"p":{"r":2}},"n":{"s":3}}},{"op":"deep_merge","path":"","value":{"a":{"n":{"t":4}}}}]', '{"a":{"n":{"s":3,"t":4},"o":{"p":{"q":1,"r":2},"y":1}}}'),
('deep_merge: not an object', '{"a":[1]}', '[{"op":"deep_merge","path":"/a","value":{}}]', NULL),
('deep_merge: not an object', '{"a":{}}', '[{"op":"deep_merge","path":"/a","value":null}]', NULL),
('increment', '{"a":1.10}', '[{"op":"increment","path":"/a"},{"op":"increment","path":"/a","value":-0.050}]', '{"a":2.050}'),
('increment creates', '{"b":null}', '[{"op":"increment","path":"/a/n","value":5},{"op":"increment","path":"/b"},{"op":"increment","path":"/a/n","value":-7}]', '{"a":{"n":-2},"b":1}'),
('increment at the root', '5', '[{"op":"increment","path":"","value":1},{"op":"increment","path":"","value":1}]', '7'),
('increment an element', '[1,2]', '[{"op":"increment","path":"/0","value":10},{"op":"add","path":"/0","value":5},{"op":"increment","path":"/0"},{"op":"increment","path":"/1"}]', '[6,12,2]'),
('increment: out of range', '[1]', '[{"op":"increment","path":"/1"}]', '[1]'),
('increment: not a number', '{"a":"1"}', '[{"op":"increment","path":"/a"}]', NULL),
('increment: not a number', '{"a":1}', '[{"op":"increment","path":"/a","value":"1"}]', NULL),
('increment: not a number', '{"a":1}', '[{"op":"increment","path":"/a/b"}]', NULL),
('upsert', '{"l":[{"id":1,"v":1},{"id":2}]}', '[{"op":"upsert","path":"/l","key":"id","value":{"id":1.0,"w":2}},{"op":"upsert","path":"/l","key":"id","value":{"id":3}},{"op":"upsert","path":"/l","key":"id","value":{"id":3,"x":1}}]', '{"l":[{"id":1.0,"w":2},{"id":2},{"id":3,"x":1}]}'),
('upsert creates', '{}', '[{"op":"upsert","path":"/a/l","key":"id","value":{"id":1}},{"op":"upsert","path":["a","l"],"key":"id","value":{"id":1,"v":2}}]', '{"a":{"l":[{"id":1,"v":2}]}}'),
('upsert by any value', '[{"id":{"x":1}}]', '[{"op":"upsert","path":"","key":"id","value":{"id":{"x":1.0},"v":1}},{"op":"replace","path":"/0/id/x","value":2},{"op":"upsert","path":"","key":"id","value":{"id":{"x":2}}}]', '[{"id":{"x":2}}]'),
('upsert in every array', '{"l":[{"m":[{"id":1,"v":1}]},{"m":[]},{}]}', '[{"op":"upsert","path":["l","[*]","m"],"key":"id","value":{"id":1}}]', '{"l":[{"m":[{"id":1}]},{"m":[{"id":1}]},{"m":[{"id":1}]}]}'),
('upsert behind the last element', '{"a":[1]}', '[{"op":"upsert","path":"/a/-","key":"id","value":{"id":1}},{"op":"upsert","path":["a","[-]"],"key":"id","value":{"id":2}},{"op":"upsert","path":["b","[-]"],"key":"id","value":{"id":3}}]', '{"a":[1,[{"id":1}],[{"id":2}]],"b":[[{"id":3}]]}'),
('upsert: not an array', '{"a":{"[=]":1}}', '[{"op":"upsert","path":"/a","key":"id","value":{"id":1}}]', NULL),
('upsert: not an array', '{"a":1}', '[{"op":"upsert","path":"/a/b","key":"id","value":{"id":1}}]', NULL),
('upsert: does not match itself', '[]', '[{"op":"upsert","path":"","key":"id","value":{"di":1}}]', NULL),
('upsert: not an object', '[]', '[{"op":"upsert","path":"","key":"id","value":1}]', NULL),
('upsert: no key', '[]', '[{"op":"upsert","path":"","value":{"id":1}}]', NULL),
('upsert: key is no string', '[]', '[{"op":"upsert","path":"","key":1,"value":{"1":1}}]', NULL),
('delete_where', '{"l":[{"id":1},{"id":2},{"id":3}]}', '[{"op":"delete_where","path":"/l","key":"id","value":3},{"op":"delete_where","path":"/l","key":"id","value":1.0},{"op":"delete_where","path":"/l","key":"id","value":7}]', '{"l":[{"id":2}]}'),
('delete_where: what was inserted', '{"l":[]}', '[{"op":"add","path":"/l/-","value":{"id":1}},{"op":"add","path":"/l/0","value":{"id":2}},{"op":"delete_where","path":"/l","key":"id","value":1}]', '{"l":[{"id":2}]}'),
('delete_where: missing', '{"a":1,"n":null}', '[{"op":"delete_where","path":"/l","key":"id","value":3},{"op":"delete_where","path":"/n/x","key":"id","value":3},{"op":"delete_where","path":"/n","key":"id","value":3}]', '{"a":1,"n":null}'),
('delete_where behind the last element', '{"a":[[{"id":1}]]}', '[{"op":"delete_where","path":"/a/-","key":"id","value":1},{"op":"update_where","path":["a","[-]"],"key":"id","value":1,"updates":{"v":1}}]', '{"a":[[{"id":1}]]}'),
('delete_where: not an array', '{"a":{}}', '[{"op":"delete_where","path":"/a","key":"id","value":3}]', NULL),
('delete_where: not an array', '{"a":"x"}', '[{"op":"delete_where","path":"/a","key":"id","value":3}]', NULL),
('delete_where: no value', '{"a":[]}', '[{"op":"delete_where","path":"/a","key":"id"}]', NULL),
('update_where', '{"l":[{"id":1,"v":1},{"id":2,"v":2},{"id":2,"v":3}]}', '[{"op":"update_where","path":"/l","key":"id","value":2,"updates":{"v":4,"w":5}},{"op":"update_where","path":"/l","key":"v","value":4,"updates":{"id":7}},{"op":"update_where","path":"/l","key":"id","value":2,"updates":{"v":6}}]', '{"l":[{"id":1,"v":1},{"id":7,"v":4,"w":5},{"id":2,"v":6}]}'),
('update_where: no match', '{"l":[{"id":1}]}', '[{"op":"update_where","path":"/l","key":"id","value":2,"updates":{"v":4}},{"op":"update_where","path":"/m","key":"id","value":2,"updates":{"v":4}}]', '{"l":[{"id":1}]}'),
('update_where: updates is no object', '{"l":[{"id":1}]}', '[{"op":"update_where","path":"/l","key":"id","value":2,"updates":[]}]', NULL),
('update_where: no updates', '{"l":[{"id":1}]}', '[{"op":"update_where","path":"/l","key":"id","value":2}]', NULL),
('update_where: not an array', '{"l":{"id":1}}', '[{"op":"update_where","path":"/l","key":"id","value":1,"updates":{}}]', NULL);
SELECT source, outcome(target, patch, want) FROM vector ORDER BY n;
DROP TABLE vector;

-- Messages name the operation, and what was found.
DO $$
DECLARE
	message text;
	detail text;
	hint text;
	patch jsonb;
BEGIN
	FOREACH patch IN ARRAY ARRAY['[{"op":"test","path":"/s","value":1}]', '[{"op":"test","path":"/n","value":1}]', '[{"op":"test","path":"/o","value":[]}]',
		'[{"op":"test","path":"/a","value":{}}]', '[{"op":"test","path":"/t","value":{}}]', '[{"op":"test","path":"/f","value":{}}]', '[{"op":"test","path":"/z","value":{}}]',
		'[{"op":"add","path":"/o/x","value":2},{"op":"test","path":"/o/x","value":1}]', '[{"op":"add","path":"/o/x","value":2},{"op":"test","path":"/o","value":1}]',
		'[{"op":"remove","path":"/a~1/b~0/c"}]', '[{"op":"remove","path":"/o/~1/x"}]', '[{"op":"remove","path":["o","a b",1]}]', '[{"op":"replace","path":"/a/x","value":1}]', '[{"op":"add","path":"/a/9","value":1}]',
		'[{"op":"remove","path":"no"}]', '[{"op":"remove","path":["a","[x"]}]']::jsonb[]
	LOOP
		BEGIN
			PERFORM jsonb_patch(('{"s":"' || repeat('abcdé', 20) || '","n":1.50,"o":{},"a":[1],"t":true,"f":false,"z":null}')::jsonb, patch);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			RAISE NOTICE '% |% |%', message, detail, hint;
		END;
	END LOOP;
END
$$;

-- Damage is told as such.
SELECT jsonb_patch(from_raw(set_word(raw('[[1,2]]'), 8, 0)), '[{"op":"remove","path":"/0/0"}]');
SELECT jsonb_patch('[[1,2]]', from_raw(set_word(raw('[{"op":"remove","path":"/0/0"}]'), 8, 0)));
-- A null target gives null, whatever else is null; a null patch is an error.
SELECT jsonb_patch(NULL, '[]') IS NULL, jsonb_patch(NULL, NULL) IS NULL;
SELECT jsonb_patch('{}', NULL);
-- Argument names are part of the contract.
SELECT jsonb_patch(patch => '[{"op":"add","path":"/a","value":1}]', target => '{}');
-- Numbers keep their digits.
SELECT jsonb_patch('{"a":1.10,"b":[100000000000000000000000000000000.00]}', '[{"op":"add","path":"/c","value":2.50},{"op":"move","from":"/b/0","path":"/d"},{"op":"test","path":"/a","value":1.1}]');

--
-- All operations in one call do what they do one by one.
--

-- 0 <= random < n
CREATE FUNCTION random_from(seed text, n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 7))::bit(28)::int) % n
$$;

CREATE FUNCTION pick(seed text, choices jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT choices -> random_from(seed, jsonb_array_length(choices))
$$;

-- A way into a document, now and then out of it.
CREATE FUNCTION random_steps(document jsonb, seed text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	value jsonb := document;
	steps text[] := '{}';
	step text;
	roll int;
BEGIN
	FOR i IN 1..random_from(seed || 'depth', 5) LOOP
		roll := random_from(seed || i, 12);
		IF jsonb_typeof(value) = 'object' THEN
			step := CASE WHEN roll = 0 OR value = '{}' THEN pick(seed || 'new' || i, '["new", "b", "[id=1]", "-", "a/b~", "0"]') #>> '{}'
						 ELSE (SELECT key FROM jsonb_object_keys(value) AS key OFFSET random_from(seed || 'key' || i, (SELECT count(*)::int FROM jsonb_object_keys(value))) LIMIT 1) END;
		ELSIF jsonb_typeof(value) = 'array' THEN
			step := CASE roll WHEN 0 THEN '-' WHEN 1 THEN jsonb_array_length(value)::text WHEN 2 THEN (jsonb_array_length(value) + 1)::text
						 WHEN 3 THEN pick(seed || 'bad' || i, '["01", "x", "-1", "1e0"]') #>> '{}'
						 ELSE random_from(seed || 'index' || i, greatest(jsonb_array_length(value), 1))::text END;
		END IF;
		EXIT WHEN step IS NULL;
		steps := steps || step;
		value := value #> ARRAY[step];
		EXIT WHEN value IS NULL;
		step := NULL;
	END LOOP;
	RETURN steps;
END
$$;

CREATE FUNCTION random_path(document jsonb, seed text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	steps constant text[] := random_steps(document, seed);
	path jsonb := '[]';
	id jsonb;
BEGIN
	IF random_from(seed || 'form', 3) > 0 THEN
		RETURN to_jsonb(CASE steps WHEN '{}' THEN '' ELSE '/' || replace(replace(replace(array_to_string(steps, E'\x01'), '~', '~0'), '/', '~1'), E'\x01', '/') END);
	END IF;
	FOR i IN 1..cardinality(steps) LOOP
		id := document #> steps[:i] -> 'id';
		path := path || CASE WHEN jsonb_typeof(document #> steps[:i - 1]) <> 'array' THEN to_jsonb(steps[i])
			ELSE CASE random_from(seed || 'selector' || i, 6)
				WHEN 0 THEN to_jsonb(format('[id=%s]', CASE WHEN jsonb_typeof(id) IN ('object', 'array') THEN '7' ELSE COALESCE(id, '1') END))
				WHEN 1 THEN '"[*]"' WHEN 2 THEN '"[-]"' WHEN 3 THEN '"[=2]"'
				WHEN 4 THEN to_jsonb(random_from(seed || i, 3) - 3)
				ELSE to_jsonb(steps[i]) END END;
	END LOOP;
	RETURN path;
END
$$;

CREATE FUNCTION random_change(document jsonb, seed text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	op constant text := pick(seed || 'op', '["add", "add", "add", "remove", "remove", "replace", "replace", "move", "move", "copy", "copy", "test",
		"merge", "deep_merge", "increment", "upsert", "upsert", "delete_where", "delete_where", "update_where", "update_where"]') #>> '{}';
	by_key constant boolean := op IN ('upsert', 'delete_where', 'update_where');
	path constant jsonb := CASE WHEN by_key AND random_from(seed || 'array', 4) > 0 THEN pick(seed || 'arrays', '["/a", ["l"], ["o", "b"], "/0", ""]') ELSE random_path(document, seed || 'path') END;
	value jsonb;
BEGIN
	value := CASE
		WHEN op = 'increment' THEN to_jsonb(random_from(seed || 'by', 10))
		WHEN op LIKE '%merge' THEN pick(seed || 'merge', '[{"b": 2}, {"x": {"y": 1}, "b": {"c": 2}}, {"id": 2}, {"b": {"c": {"d": 1}}}]')
		WHEN op = 'upsert' THEN pick(seed || 'upsert', '[{"id": 1}, {"id": 2.0, "v": 1}, {"id": 3}, {"id": {"k": 1}, "v": 2}]')
		WHEN by_key THEN pick(seed || 'match', '[1, 2, 3, 1.0, {"k": 1}]')
		WHEN op = 'test' AND jsonb_typeof(path) = 'string' AND path <> '""' AND random_from(seed || 'test', 4) > 0
		THEN COALESCE(document #> string_to_array(substr(path #>> '{}', 2), '/'), '1')
		ELSE pick(seed || 'value', '[1, 2.0, "x", null, true, [], {}, [1, 2, 3], {"id": 1, "v": 1}, {"id": 2, "v": [1, 2]}, {"id": {"k": 1}}, {"b": {"c": 1}}, [[1], [2]]]') END;
	RETURN jsonb_build_object('op', op, 'path', path)
		|| CASE WHEN op IN ('move', 'copy') THEN jsonb_build_object('from', random_path(document, seed || 'from')) ELSE jsonb_build_object('value', value) END
		|| CASE WHEN by_key THEN '{"key": "id"}' ELSE '{}' END::jsonb
		|| CASE op WHEN 'update_where' THEN jsonb_build_object('updates', pick(seed || 'updates', '[{"id": 9}, {"v": 5}, {"id": {"k": 1}}, {"id": {"k": 2}, "z": 1}]')) ELSE '{}' END;
END
$$;

-- Errors have to be the same, too; but for the number of the operation.
CREATE FUNCTION compare(seed text, OUT complaint text, OUT applied int, OUT failed int) LANGUAGE plpgsql AS $$
DECLARE
	document constant jsonb := pick(seed || 'document', '[
		{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":[1,2]}],"l":[1,2,3,[4,5]],"o":{"b":{"c":1}},"n":5},
		[[1,2,3],[{"id":1},{"id":2}],{"a":{"b":[1,2,3]}}],
		{"a":[[[1,2],[3]],[{"id":1,"a":[1]}]],"l":[{"id":{"k":1}},{"id":1},{"id":1.0}]}]');
	state jsonb := document;
	patch jsonb := '[]';
	change jsonb;
	result jsonb;
	error text;
	all_error text;
BEGIN
	applied := 0;
	failed := 0;
	FOR i IN 1..1 + random_from(seed || 'count', 12) LOOP
		change := random_change(state, seed || i);
		error := NULL;
		all_error := NULL;
		BEGIN
			state := jsonb_patch(state, jsonb_build_array(change));
			patch := patch || jsonb_build_array(change);
			applied := applied + 1;
			CONTINUE;
		EXCEPTION WHEN OTHERS THEN
			error := SQLSTATE || SQLERRM;
			failed := failed + 1;
		END;
		BEGIN
			result := jsonb_patch(document, patch || jsonb_build_array(change));
		EXCEPTION WHEN OTHERS THEN
			all_error := SQLSTATE || regexp_replace(SQLERRM, '\d+', '1');
		END;
		IF all_error IS DISTINCT FROM error OR left(error, 5) NOT IN ('22023', '22P02') THEN
			complaint := format(E'seed %s\ntarget %s\npatch %s\nerror %s\nalone %s', seed, document, patch || jsonb_build_array(change), all_error, error);
			RETURN;
		END IF;
	END LOOP;
	result := jsonb_patch(document, patch);
	IF NOT identical(result, state) THEN
		complaint := format(E'seed %s\ntarget %s\npatch %s\nresult %s\none by one %s', seed, document, patch, result, state);
	END IF;
END
$$;
\if :{?calls}
\else
\set calls 500
\endif
\if :{?seed}
\else
\set seed 1
\endif
CREATE TEMP TABLE compared AS SELECT c.* FROM generate_series(1, :calls) AS i, compare(:seed || '-' || i) AS c;
SELECT complaint FROM compared WHERE complaint IS NOT NULL LIMIT 5;
SELECT count(complaint) AS complaints, sum(applied) > 3 * count(*) AS enough_applied, sum(failed) > 2 * count(*) AS enough_failed FROM compared;

--
-- Stored documents.
--
CREATE TABLE stored (id int PRIMARY KEY, data jsonb);
INSERT INTO stored SELECT d, jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i, 'name', 'item ' || i, 'text', md5(i::text) || md5((i * d)::text)) ORDER BY i), 'total', 60, 'meta', '{"v": 1.10}'::jsonb)
FROM generate_series(1, 4) AS d, generate_series(1, 60) AS i GROUP BY d;
CREATE TABLE original AS SELECT id, from_raw(raw(data)) AS data FROM stored;
SELECT DISTINCT datum_form(data) FROM stored;
-- Nothing changed: what is stored stays.
CREATE TEMP TABLE value_ids AS SELECT id, toast_value_id(data) AS value_id FROM stored;
UPDATE stored SET data = jsonb_patch(data, '[]') WHERE id = 1;
UPDATE stored SET data = jsonb_patch(data, '[{"op":"test","path":"/items/3/id","value":4},{"op":"replace","path":"/total","value":60},{"op":"move","from":"/items/2","path":"/items/2"}]') WHERE id = 2;
UPDATE stored SET data = jsonb_patch(data, '[{"op":"add","path":"/items/3","value":"x"},{"op":"remove","path":"/items/3"},{"op":"add","path":"/x","value":1},{"op":"increment","path":"/total"},{"op":"remove","path":"/x"},{"op":"increment","path":"/total","value":-1},{"op":"merge","path":"/meta","value":{"v":1.10}}]') WHERE id = 3;
UPDATE stored SET data = jsonb_patch(data, '[{"op":"move","from":"/items/2","path":"/items/7"},{"op":"add","path":["items","[*]","y"],"value":1},{"op":"remove","path":["items","[*]","y"]},{"op":"move","from":"/items/7","path":"/items/2"},{"op":"copy","from":"","path":"/all"},{"op":"move","from":"/all","path":""}]') WHERE id = 4;
SELECT id, toast_value_id(s.data) = value_id AS same_value, identical(s.data, o.data) FROM stored AS s JOIN value_ids USING (id) JOIN original AS o USING (id) ORDER BY id;
-- Many changes of one array, found by index and by key.
UPDATE stored SET data = jsonb_patch(data, '[{"op":"test","path":"/items/0/id","value":1},{"op":"add","path":"/items/0","value":{"id":0}},{"op":"remove","path":"/items/5"},
	{"op":"replace","path":"/items/5/name","value":"five"},{"op":"delete_where","path":"/items","key":"id","value":20},{"op":"update_where","path":"/items","key":"id","value":30,"updates":{"name":"thirty"}},
	{"op":"test","path":"/items/0","value":{"id":0}},{"op":"upsert","path":"/items","key":"id","value":{"id":61}},{"op":"move","from":"/items/10","path":"/items/2"},{"op":"copy","from":["items","[id=40]"],"path":"/copy"},{"op":"increment","path":"/total"}]');
SELECT id, verify(s.data) IS NULL AS sound, s.data = o.data AS same, s.data ->> 'total' AS total, jsonb_array_length(s.data -> 'items') AS items,
	(SELECT string_agg(item ->> 'id', ',' ORDER BY n) FROM jsonb_array_elements(s.data -> 'items') WITH ORDINALITY AS i (item, n)) AS ids, s.data #>> '{copy,name}' AS copied
FROM stored AS s JOIN original AS o USING (id) ORDER BY id;
DROP TABLE stored, original;
-- As many as a difference can have, in little time; and from back to front.
CREATE TEMP TABLE many AS
SELECT jsonb_agg(e ORDER BY i) AS all_of_them, jsonb_agg(e ORDER BY i) FILTER (WHERE i % 2 = 0) AS half, jsonb_agg(e || '!' ORDER BY i) FILTER (WHERE i % 3 = 0) AS others
FROM generate_series(1, 20000) AS i, repeat(md5(i::text), 3) AS e;
SELECT jsonb_array_length(jsonb_diff(a, b)) AS operations, jsonb_patch(a, jsonb_diff(a, b)) = b AS applied
FROM many, LATERAL (VALUES (all_of_them, half), (half, all_of_them), (all_of_them, others)) AS v (a, b);
SELECT jsonb_patch(all_of_them, (SELECT jsonb_agg(jsonb_build_object('op', 'remove', 'path', '/' || 2 * i) ORDER BY i DESC) FROM generate_series(0, 9999) AS i)) = half AS applied FROM many;
SELECT jsonb_patch(half, (SELECT jsonb_agg(jsonb_build_object('op', 'add', 'path', '/' || 2 * i, 'value', repeat(md5((2 * i + 1)::text), 3)) ORDER BY i) FROM generate_series(0, 9999) AS i)) = all_of_them AS applied FROM many;
DROP TABLE many;

DROP FUNCTION outcome, random_from, pick, random_steps, random_path, random_change, compare;
