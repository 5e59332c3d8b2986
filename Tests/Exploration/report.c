/* The interleaving of a failure: what each thread did, and where in the core. */
#define _GNU_SOURCE
#include "explorer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_NOTES	4000

static struct note {
	int thread;
	const void *pc;
	char text[120];
} notes[MOST_NOTES];
static unsigned note_count;

const void *ex_pc;

void
ex_report_begin(void)
{

	note_count = 0;
}

static void
name_address(char *name, size_t room, const void *address)
{
	const size_t offset = (size_t)((const char *)address - ex_memory());
	const char *known = ex_name_of_address(address);

	if (known != NULL)
		(void)snprintf(name, room, "(%s)", known);
	else if (offset >= EX_ARENA && offset < EX_MEMORY)
		(void)snprintf(name, room, "(%s's stack)", ex_name_of((int)((offset - EX_ARENA) / EX_STACK)));
	else
		(void)snprintf(name, room, "(%zx)", offset);
}

void
ex_note(const void *address, const char *format, ...)
{
	struct note *note = &notes[note_count];
	char name[64];
	va_list arguments;
	int length;

	if (!ex_is_traced() || note_count == MOST_NOTES)
		return;
	note_count++;
	note->thread = ex_self();
	note->pc = ex_pc;
	va_start(arguments, format);
	length = vsnprintf(note->text, sizeof note->text, format, arguments);
	va_end(arguments);
	if (address == NULL || length < 0 || (size_t)length >= sizeof note->text)
		return;
	name_address(name, sizeof name, address);
	(void)snprintf(note->text + length, sizeof note->text - (size_t)length, " %s", name);
}

/* A place that says more than that a lock was taken: the caller's. */
static bool
is_wrapper(const char *function)
{

	return strncmp(function, "explored_", 9) == 0 || strncmp(function, "lt_stripe_", 10) == 0;
}

/* Reads one address's frames, innermost first; the next address's line is left in `line`. */
static void
read_place(FILE *names, char *line, size_t room, char *function, char *place)
{

	*function = *place = 0;
	while (fgets(line, (int)room, names) != NULL && line[0] != '0') {
		bool wanted = *function == 0 || is_wrapper(function);

		if (wanted)
			(void)snprintf(function, 128, "%.*s", (int)strcspn(line, "\n"), line);
		if (fgets(line, (int)room, names) == NULL)
			return;
		if (wanted) {
			const char *name = strrchr(line, '/');

			name = name != NULL ? name + 1 : line;
			(void)snprintf(place, 128, "%.*s", (int)strcspn(name, " \n"), name);
		}
	}
}

/* Each note, with the function and the line that it is of, by addr2line. */
static void
print_notes(void)
{
	char command[256], line[1024], function[128], place[128];
	FILE *list, *names;
	const char *path = ".explorer-places";

	list = fopen(path, "w");
	if (list == NULL)
		return;
	for (unsigned i = 0; i < note_count; i++)
		(void)fprintf(list, "%p\n", (const void *)((const char *)notes[i].pc - 1));
	(void)fclose(list);
	(void)snprintf(command, sizeof command, "addr2line -a -i -f -e /proc/%d/exe <%s",
	    (int)getpid(), path);
	names = popen(command, "r");
	if (names == NULL || fgets(line, sizeof line, names) == NULL)
		note_count = 0;
	for (unsigned i = 0; i < note_count; i++) {
		read_place(names, line, sizeof line, function, place);
		printf("  %-14s%*s%-44s  %s %s\n", ex_name_of(notes[i].thread), 2 * notes[i].thread, "",
		    notes[i].text, function, place);
	}
	if (names != NULL)
		(void)pclose(names);
	(void)unlink(path);
}

void
ex_report_end(const char *failure)
{

	print_notes();
	printf("FAILED: %s\n", failure);
}
