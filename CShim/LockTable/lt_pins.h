/*
 * Holds and pins as the multi-key functions pass them on: marked with how the key is held, and in
 * the order that all callers share, which lt_multi.c describes.
 */
#ifndef LT_PINS_H
#define LT_PINS_H

#include "lt_entry.h"

/*
 * Up to so many pins are sorted in place, as calling a function for each comparison takes longer.
 */
#define LT_FEW_KEYS	16

static inline struct lt_entry *
lt_entry_of_hold(lt_hold_t pin)
{
	const uintptr_t place = (uintptr_t)pin.place & ~(uintptr_t)LT_SHARED_BIT;
	struct lt_entry *entry = (struct lt_entry *)place;

	lt_require_place(entry);
	return entry;
}

static LT_INLINE bool
lt_hold_is_shared(lt_hold_t pin)
{

	return ((uintptr_t)pin.place & LT_SHARED_BIT) != 0;
}

static LT_INLINE lt_hold_t
lt_hold_marked(lt_hold_t hold, bool shared)
{

	hold.place = (void *)((uintptr_t)hold.place | (shared ? LT_SHARED_BIT : 0));
	return hold;
}

/* Of one entry's pins, the exclusive ones come first, as their places lack the bit. */
static inline bool
lt_hold_is_before(lt_hold_t a, lt_hold_t b)
{

	return a.tag < b.tag || (a.tag == b.tag && (uintptr_t)a.place < (uintptr_t)b.place);
}

/* Copies field by field: reading at once what was written in halves would wait for the cache. */
static LT_INLINE void
lt_hold_put(lt_hold_t *pins, size_t at, lt_hold_t pin)
{

	pins[at].place = pin.place;
	pins[at].tag = pin.tag;
}

/* Inserts the last pin among those before it, which are sorted. Returns its new index. */
static LT_INLINE size_t
lt_hold_insert(lt_hold_t *pins, size_t last, lt_hold_t pin)
{
	size_t to = last;

	for (; to > 0 && lt_hold_is_before(pin, pins[to - 1]); to--)
		lt_hold_put(pins, to, pins[to - 1]);
	lt_hold_put(pins, to, pin);
	return to;
}

/* Sorts by hash, which is a pin's tag, and then by place. */
void lt_sort_holds(lt_hold_t *, size_t count);
/* Releases the first `taken`, which are holds, and unpins the others. */
void lt_give_back(const lt_hold_t *, size_t taken, size_t count);

#endif /* LT_PINS_H */
