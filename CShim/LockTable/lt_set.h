/*
 * The hash set of a stripe's entries, which is CK's. Internal: a .c file includes
 * ConcurrencyKit.h before this one.
 */
#ifndef LT_SET_H
#define LT_SET_H

#include "lt_states.h"

/* `lists`: two entries may have one hash. */
struct lt_set *lt_set_create(size_t expected, bool lists);
void lt_set_destroy(struct lt_set *);
/* What it takes up now: CK may make it larger in lt_set_add(). */
size_t lt_set_bytes(const struct lt_set *);
/* The first entry of that hash; the others follow by next_same_hash. */
struct lt_entry *lt_set_find(struct lt_set *, uint64_t hash);
/* False: out of memory. */
bool lt_set_add(struct lt_set *, struct lt_entry *);
void lt_set_take(struct lt_set *, struct lt_entry *);
/* Fills an empty set with another's entries; false, and `from` as it was, if memory ran out. */
bool lt_set_fill(struct lt_set *into, struct lt_set *from);
/* Would another entry crowd it; would a smaller one do; did it ever grow? */
bool lt_set_is_full(const struct lt_set *);
bool lt_set_is_sparse(const struct lt_set *);
bool lt_set_is_grown(const struct lt_set *);
/* Was it made for more? */
bool lt_set_is_larger(const struct lt_set *, const struct lt_set *than);
size_t lt_set_count(const struct lt_set *);
/* Walks the heads of its lists; *offset starts at 0. NULL: there are no more. */
struct lt_entry *lt_set_next(struct lt_set *, size_t *offset);
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

#endif /* LT_SET_H */
