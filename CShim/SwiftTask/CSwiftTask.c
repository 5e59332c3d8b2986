#include <CSwiftTask.h>
#ifdef LT_SUPPORTED

/* The closure of a label must not need a label itself, however many tables it uses. */
static _Thread_local bool is_making_label;

bool
lt_begin_label(void)
{

	if (is_making_label)
		return false;
	is_making_label = true;
	return true;
}

void
lt_end_label(void)
{

	is_making_label = false;
}

#endif /* LT_SUPPORTED */
