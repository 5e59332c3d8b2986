/*
 * Programs as text. The table comes first: a policy, where its keys are, what is special about it,
 * if anything, and whether it has diagnostics. Each thread's calls follow, as the table of kinds.c
 * spells them.
 *
 *	fifo resident: exclusive a then shared a | task exclusive a, cancelled
 *	adaptive young diagnostics: multi a b | exclusive b, timed
 *	adaptive young permits diagnostics: permit a | two permits a
 */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define MOST_WORDS	8
#define LONGEST_WORD	24

static const char *const policies[] = { "adaptive", "fifo" };
static const char *const places[PLACES] = { "resident", "young", "long", "large", "external",
    "values", "owners" };
static const char *const with_diagnostics = "diagnostics";
const char *const specials[] = { "", "no-fence", "refused-fence",
    "crowded", "permits", "capacities", "valued", "in-use", "flights" };

struct phrase {
	int count;
	char words[MOST_WORDS][LONGEST_WORD];
};

char
key_name(int key)
{

	return (char)(key > 0 ? 'a' + key - 1 : '0');
}

int
key_named(char name)
{

	return name >= 'a' && name < 'a' + KEYS - 1 ? name - 'a' + 1 : 0;
}

static bool
refuse(const char *what, const char *word)
{

	printf("%s: %s\n", what, word);
	return false;
}

/* Commas are for the reader. */
static bool
next_word(const char **text, char word[LONGEST_WORD])
{
	size_t length;

	*text += strspn(*text, " ,");
	length = **text == '|' || **text == ':' ? 1 : strcspn(*text, " ,|:");
	if (length >= LONGEST_WORD)
		length = LONGEST_WORD - 1;
	memcpy(word, *text, length);
	word[length] = 0;
	*text += length;
	return length > 0;
}

/* The words up to an end, which is taken, too. */
static bool
read_phrase(const char **text, struct phrase *phrase, char end[LONGEST_WORD])
{

	for (phrase->count = 0; next_word(text, end); phrase->count++) {
		if (strcmp(end, "then") == 0 || strcmp(end, "|") == 0 || strcmp(end, ":") == 0)
			return true;
		if (phrase->count == MOST_WORDS)
			return refuse("a call of too many words, at", end);
		memcpy(phrase->words[phrase->count], end, LONGEST_WORD);
	}
	return true;
}

/* Says the first word of a call that no call has, or that there is no such call. */
static bool
refuse_call(const struct phrase *phrase)
{
	char all[MOST_WORDS * LONGEST_WORD] = "";

	for (int i = 0; i < phrase->count; i++) {
		const char *word = phrase->words[i];
		bool is_known = word[1] == 0 && key_named(word[0]) > 0;

		for (int k = 0; k < kind_count && !is_known; k++) {
			const char *text = kinds[k].text;
			char known[LONGEST_WORD];

			while (!is_known && next_word(&text, known))
				is_known = strcmp(word, known) == 0;
		}
		if (!is_known)
			return refuse(word[1] == 0 ? "no such key" : "unknown word", word);
		(void)strcat(strcat(all, i > 0 ? " " : ""), word);
	}
	return refuse("no such call", all);
}

static bool
is_kind(const struct phrase *phrase, const struct kind *kind, int keys[2])
{
	const char *text = kind->text;
	char word[LONGEST_WORD];
	int count = 0;

	for (int i = 0; i < phrase->count; i++) {
		if (!next_word(&text, word))
			return false;
		if (strcmp(word, "#") == 0 && phrase->words[i][1] == 0 && key_named(phrase->words[i][0]) > 0)
			keys[count++] = key_named(phrase->words[i][0]);
		else if (strcmp(word, phrase->words[i]) != 0)
			return false;
	}
	return !next_word(&text, word);
}

static bool
read_call(const struct phrase *phrase, struct call *call)
{

	for (int k = 0; k < kind_count; k++) {
		int keys[2] = { 0, 0 };

		if (!is_kind(phrase, &kinds[k], keys))
			continue;
		*call = (struct call){ &kinds[k], keys[0], keys[1] };
		return true;
	}
	return refuse_call(phrase);
}

static int
index_of(const char *word, const char *const *list, int count)
{

	for (int i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return i;
	}
	return -1;
}

static bool
read_table(struct program *program, const struct phrase *phrase)
{
	const int policy = phrase->count < 2 ? -1 : index_of(phrase->words[0], policies, 2);
	const int place = phrase->count < 2 ? -1 : index_of(phrase->words[1], places, PLACES);
	const bool has_diagnostics = phrase->count > 2 &&
	    strcmp(phrase->words[phrase->count - 1], with_diagnostics) == 0;
	const int count = phrase->count - has_diagnostics;
	const int special = count < 3 ? 0 : index_of(phrase->words[2], specials, SPECIALS);

	if (policy < 0 || place < 0 || special < 0 || count > 3)
		return refuse("a table is `adaptive` or `fifo`, its keys are `resident`, "
		    "`young`, `long`, `large`, `external`, `values` or `owners`, and it may have",
		    "`no-fence`, `refused-fence`, `crowded`, `permits`, `capacities`, `valued`, "
		    "`in-use` or `flights`, and `diagnostics`; then comes `:`");
	program->fairness = (uint32_t)policy;
	program->place = (enum place)place;
	program->special = (enum special)special;
	program->diagnostics = has_diagnostics;
	return true;
}

bool
program_read(struct program *program, const char *text)
{
	struct phrase phrase;
	char end[LONGEST_WORD];

	memset(program, 0, sizeof *program);
	if (!read_phrase(&text, &phrase, end))
		return false;
	if (strcmp(end, ":") != 0)
		phrase.count = 0;
	if (!read_table(program, &phrase))
		return false;
	do {
		int *count;

		if (program->threads == MOST_THREADS)
			return refuse("too many threads, at", text);
		count = &program->of[program->threads].count;
		if (*count == MOST_CALLS)
			return refuse("too many calls of one thread, at", text);
		if (!read_phrase(&text, &phrase, end) ||
		    !read_call(&phrase, &program->of[program->threads].calls[*count]))
			return false;
		++*count;
		program->threads += strcmp(end, "then") != 0;
	} while (strcmp(end, "then") == 0 || strcmp(end, "|") == 0);
	return end[0] == 0 || refuse("out of place", end);
}

size_t
table_write(char *text, unsigned policy, unsigned place, enum special special, bool diagnostics)
{

	return (size_t)sprintf(text, "%s %s%s%s%s%s: ", policies[policy], places[place],
	    special != NONE ? " " : "",
	    specials[special], diagnostics ? " " : "", diagnostics ? with_diagnostics : "");
}

size_t
call_write(char *text, const struct kind *kind, int key)
{
	size_t length = 0;

	/* Of two keys, the other one is second. */
	for (const char *from = kind->text; *from != 0; from++) {
		text[length++] = *from == '#' ? key_name(key) : *from;
		if (*from == '#')
			key = 3 - key;
	}
	text[length] = 0;
	return length;
}

/* Recording is on at first, so there is nothing to switch on. */
size_t
thread_write(char *text, const struct kind *kind, int key)
{
	const char *first = kind->how.records ? "record off then " : "";
	const size_t before = (size_t)sprintf(text, "%s", first);

	return before + call_write(text + before, kind, key);
}
