/*-------------------------------------------------------------------------
 *
 * call.c
 *	  What the SQL entry points share: the frame of a call, and arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

/*
 * Core's answer to a null argument, a null document, would erase what an UPDATE
 * assigns it to.
 */
void
jbi_null_argument(const char *const *names, int number)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" must not be null", names[number]),
			 errhint("A subquery that finds no row gives null; skip such rows in WHERE, or use COALESCE.")));
}

JbiString
jbi_text_argument(JbiCall *call, int number)
{
	const struct varlena *argument = jbi_scratch_detoast_packed(&call->scratch,
																call->fcinfo->args[number].value);
	JbiString	string = {VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)};

	return string;
}

/*
 * An argument that has to be an object, opened.
 */
JbiValue
jbi_object_argument(JbiCall *call, int number, JbiContainer *object)
{
	JbiValue	value = jbi_value_argument(call, number);

	if (jbi_value_kind(&value) != JB_FOBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object, not %s",
						call->names[number], jbi_value_type_name(&value))));
	jbi_open_container(object, &value);
	return value;
}
