/* Mistakes that are to end the process. */
#ifndef MISUSE_H
#define MISUSE_H

#include "support.h"

#define RELEASED_TWICE \
	"LockTable: a hold was released that is not held: it was released before, or never was one."
#define RELEASED_FAILURE \
	"LockTable: a failed acquisition was released as if it were a hold, " \
	"or used as if it were a pin."

/* Makes it in a process of its own, which has to say the sentence and abort. */
void expect_abort(void (*mistake)(void), const char *sentence);

#endif /* MISUSE_H */
