/*
 * CK's set: its memory, and its hashes.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_overflow.h"
#include "lt_platform.h"
#include "lt_stripe.h"

/* CK's minimum: one line of slots. */
#define LT_SET_SLOTS	8

/* Stands before each of CK's maps, as CK does not report the size of a map that it has grown. */
struct map_header {
	_Alignas(16) size_t size;
};

static unsigned long
hash_of(const void *entry, unsigned long seed)
{

	(void)seed;
	return (unsigned long)((const struct lt_entry *)entry)->hash;
}

/* Both an entry and a bare hash begin with the hash. */
static bool
same_hash(const void *entry, const void *wanted)
{

	return *(const uint64_t *)entry == *(const uint64_t *)wanted;
}

static void *
map_allocate(size_t size)
{
	struct map_header *header = lt_allocate(sizeof *header + size);

	if (header == NULL)
		return NULL;
	header->size = sizeof *header + size;
	return header + 1;
}

static struct map_header *
header_of(void *map)
{

	return (struct map_header *)map - 1;
}

static void
map_deallocate(void *map, size_t size, bool may_defer)
{

	/* All lookups are made under the stripe lock, so none is in progress. */
	(void)size;
	(void)may_defer;
	lt_deallocate(header_of(map), header_of(map)->size);
}

static struct ck_malloc map_memory = { .malloc = map_allocate, .free = map_deallocate };

ck_hs_t *
lt_overflow_create(void)
{
	ck_hs_t *overflow = lt_allocate(sizeof *overflow);

	if (overflow != NULL && !ck_hs_init(overflow,
	    CK_HS_MODE_SPMC | CK_HS_MODE_OBJECT | CK_HS_MODE_DELETE, hash_of, same_hash,
	    &map_memory, LT_SET_SLOTS, 0)) {
		lt_deallocate(overflow, sizeof *overflow);
		overflow = NULL;
	}
	return overflow;
}

void
lt_overflow_destroy(ck_hs_t *overflow)
{

	ck_hs_destroy(overflow);
	lt_deallocate(overflow, sizeof *overflow);
}

size_t
lt_overflow_bytes(const ck_hs_t *overflow)
{

	return sizeof *overflow + header_of(overflow->map)->size;
}

LT_END

#endif /* LT_SUPPORTED */
