/* What the core reports to ThreadSanitizer in a user's build. */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_tsan.h"

#ifdef LT_TSAN_USER

/* ThreadSanitizer's runtime defines these for annotations. */
void AnnotateIgnoreReadsBegin(const char *, int);
void AnnotateIgnoreReadsEnd(const char *, int);
void AnnotateIgnoreWritesBegin(const char *, int);
void AnnotateIgnoreWritesEnd(const char *, int);
void AnnotateIgnoreSyncBegin(const char *, int);
void AnnotateIgnoreSyncEnd(const char *, int);

/*
 * Two words stand for a key of a table. ThreadSanitizer knows them by their addresses, and the core
 * writes nothing there. The address of an entry cannot stand for its key: what a key orders
 * outlives its entry, which other keys then use. Two keys share a place once in 2^16 times, and
 * then hide a race between their holders. Each place that was used costs the runtime about a
 * kilobyte, for good.
 */
#define PLACE_BITS	16

struct place {
	uint64_t writers;	/* Exclusive holds happen before all later holds. */
	uint64_t readers;	/* Shared holds happen before later exclusive holds. */
};

static struct place places[1 << PLACE_BITS];

static struct place *
place_of(const void *table, uint64_t hash)
{
	uint64_t x = (hash + (uintptr_t)table) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return &places[x >> (64 - PLACE_BITS)];
}

void
lt_tsan_key_acquire(const void *table, uint64_t hash, bool shared)
{
	struct place *place = place_of(table, hash);

	__tsan_acquire(&place->writers);
	if (!shared)
		__tsan_acquire(&place->readers);
}

void
lt_tsan_key_release(const void *table, uint64_t hash, bool shared)
{
	struct place *place = place_of(table, hash);

	__tsan_release(shared ? &place->readers : &place->writers);
}

void
lt_tsan_begin_ignoring_accesses(void)
{

	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

void
lt_tsan_end_ignoring_accesses(void)
{

	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

void
lt_tsan_begin_ignoring_all(void)
{

	lt_tsan_begin_ignoring_accesses();
	AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

void
lt_tsan_end_ignoring_all(void)
{

	AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
	lt_tsan_end_ignoring_accesses();
}

#endif

LT_END

#endif /* LT_SUPPORTED */
