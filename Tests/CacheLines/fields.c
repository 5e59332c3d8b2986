/*
 * Which fields move lines: each transfer of a line of 64 bytes is counted for the field whose
 * access moved it. That is the first of the line's fields that a core uses; the others come with
 * it.
 */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "CLockTable.h"
#include "lt_groups.h"
#include "lt_set.h"

#define MOST_NAMES	128
#define NAME		96

/* A field ends where the next one begins. */
struct field {
	size_t offset;
	const char *name;
};

#define FIELD(type, field)	{ offsetof(struct type, field), #field }

/* What a resident has beyond these is its stripe's. */
static const struct field entry_fields[] = {
	FIELD(lt_entry, hash), FIELD(lt_entry, stripe), FIELD(lt_entry, queue),
	FIELD(lt_entry, holders), FIELD(lt_entry, refs),
	{ offsetof(struct lt_entry, length), "length, room, queued, writers, waking, in_set" },
	{ offsetof(struct lt_entry, next_same_hash), "same hash (resident: set, young)" },
	FIELD(lt_entry, key), { sizeof(struct lt_entry), NULL }
};

static const struct field stripe_fields[] = {
	FIELD(lt_stripe, lock), FIELD(lt_stripe, special), FIELD(lt_stripe, acquisitions),
	{ offsetof(struct lt_stripe, contended), "contended, hand_offs, has_sleepers, parks" },
	FIELD(lt_stripe, resident), FIELD(lt_stripe, table), FIELD(lt_stripe, spares),
	{ offsetof(struct lt_stripe, spares) + sizeof(void *), "what few calls use" },
	{ sizeof(struct lt_stripe), NULL }
};

static struct counted {
	char name[NAME];
	uint64_t count;
} names[MOST_NAMES];
static int name_count;
static bool is_counting;
static struct lt_table *const *tables;
static int table_count;

void
cl_fields_reset(void)
{

	name_count = 0;
	is_counting = false;
}

void
cl_fields_begin(struct lt_table *const *these, int count)
{

	tables = these;
	table_count = count;
	name_count = 0;
	is_counting = true;
}

void
cl_fields_end(void)
{

	is_counting = false;
}

static const char *
field_at(const struct field *fields, size_t offset)
{

	while (fields[1].name != NULL && fields[1].offset <= offset)
		fields++;
	return fields->name;
}

static void
name_in_stripe(char *name, size_t offset)
{
	const size_t resident = offsetof(struct lt_stripe, resident);
	const bool is_resident = offset >= resident && offset < resident + sizeof(struct lt_entry);

	(void)snprintf(name, NAME, "stripe, line %zu: %s%s", offset / LT_CACHE_LINE,
	    is_resident ? "resident." : "", is_resident ?
	    field_at(entry_fields, offset - resident) : field_at(stripe_fields, offset));
}

/* Blocks are known by their sizes, as the core does not say what it allocates them for. */
static void
name_in_block(char *name, size_t offset, size_t size)
{
	const size_t group = sizeof(struct lt_tags) + LT_GROUP_SLOTS * sizeof(void *);
	const size_t groups = (size - sizeof(struct lt_set)) / group;

	if (size >= sizeof(struct lt_set) + group && (size - sizeof(struct lt_set)) % group == 0)
		(void)snprintf(name, NAME, "set: %s", offset < sizeof(struct lt_set) ? "its head" :
		    offset < sizeof(struct lt_set) + groups * sizeof(struct lt_tags) ? "tags" :
		    "pointers to entries");
	else if (size == lt_suspension_size())
		(void)snprintf(name, NAME, "a task's suspension, line %zu", offset / LT_CACHE_LINE);
	else if (size <= sizeof(struct lt_entry))
		(void)snprintf(name, NAME, "entry: %s", field_at(entry_fields, offset));
	else
		(void)snprintf(name, NAME, "a block of %zu bytes", size);
}

static void
name_address(char *name, const char *address)
{
	const char *block;
	size_t size;

	for (int i = 0; i < table_count; i++) {
		const char *stripes = (const char *)tables[i]->stripes;

		if (address >= (const char *)tables[i] && address < stripes) {
			(void)snprintf(name, NAME, "table");
			return;
		}
		if (address >= stripes && address < (const char *)
		    &tables[i]->stripes[lt_table_stripes(tables[i])]) {
			name_in_stripe(name,
			    (size_t)(address - stripes) % sizeof(struct lt_stripe));
			return;
		}
	}
	if (address < cl_arena() + CL_CORES * CL_STACK)
		(void)snprintf(name, NAME, "a waiting thread's stack");
	else if ((block = cl_block_of(address, &size)) == NULL)
		(void)snprintf(name, NAME, "epochs of stripes' locks");
	else
		name_in_block(name, (size_t)(address - block), size);
}

void
cl_field_moved(const void *address, bool writes)
{
	char name[NAME];
	int i;

	if (!is_counting)
		return;
	name_address(name, address);
	(void)strncat(name, writes ? " (written)" : " (read)", NAME - strlen(name) - 1);
	for (i = 0; i < name_count && strcmp(names[i].name, name) != 0; i++)
		continue;
	if (i == MOST_NAMES)
		cl_fail("too many names of fields");
	if (i == name_count)
		names[name_count++] = (struct counted){ .count = 0 };
	(void)strcpy(names[i].name, name);
	names[i].count++;
}

static int
by_count(const void *a, const void *b)
{
	const struct counted *one = a, *other = b;

	return one->count < other->count ? 1 : one->count > other->count ? -1 : 0;
}

void
cl_fields_print(uint64_t operations)
{

	qsort(names, (size_t)name_count, sizeof names[0], by_count);
	for (int i = 0; i < name_count; i++)
		(void)printf("  %8.4f  %s\n", (double)names[i].count / (double)operations,
		    names[i].name);
}
