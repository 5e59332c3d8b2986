/* What was done so far, to find out why it went wrong. */
#ifndef FUZZ_HISTORY_H
#define FUZZ_HISTORY_H

#include <stdbool.h>

/* Prints each operation when it comes, and not only when something differs. */
void history_explain(bool);
void history_forget(void);
/* Up to four numbers, for %lu or the like. */
#define NOTE_MORE(sentence, a, b, c, d, ...)						\
	history_note(sentence, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c),	\
	    (unsigned long)(d))
#define NOTE(...)	NOTE_MORE(__VA_ARGS__, 0, 0, 0, 0, 0)
void history_note(const char *sentence, unsigned long, unsigned long, unsigned long,
    unsigned long);

/* Prints what was done, and in which way it was not what it should have been; aborts. */
__attribute__((format(printf, 1, 2))) _Noreturn void differ(const char *format, ...);

#define SAME(condition, ...)								\
	do {										\
		if (!(condition))							\
			differ(__VA_ARGS__);						\
	} while (0)

#endif /* FUZZ_HISTORY_H */
