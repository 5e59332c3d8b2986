#include "history.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_NOTES	4096

static struct note {
	const char *sentence;
	unsigned long numbers[4];
} notes[MOST_NOTES];

static unsigned long noted;
static bool explaining;

void
history_explain(bool explain)
{

	explaining = explain;
}

void
history_forget(void)
{

	noted = 0;
}

static void
print(const struct note *note, FILE *file)
{

	(void)fprintf(file, note->sentence, note->numbers[0], note->numbers[1], note->numbers[2],
	    note->numbers[3]);
	(void)fputc('\n', file);
}

/* Of a history that is too long, the end is kept. */
void
history_note(const char *sentence, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d)
{
	struct note *note = &notes[noted++ % MOST_NOTES];

	*note = (struct note){ sentence, { a, b, c, d } };
	if (!explaining)
		return;
	print(note, stdout);
	(void)fflush(stdout);
}

void
differ(const char *format, ...)
{
	unsigned long first = noted > MOST_NOTES ? noted - MOST_NOTES : 0;
	va_list arguments;

	if (!explaining) {
		(void)fprintf(stderr, "\n--- what was done:\n");
		for (unsigned long i = first; i < noted; i++)
			print(&notes[i % MOST_NOTES], stderr);
	}
	(void)fprintf(stderr, "--- and then: ");
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, ".\n\n");
	(void)fflush(stderr);
	abort();
}
