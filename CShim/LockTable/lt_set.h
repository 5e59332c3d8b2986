/*
 * The hash set of a stripe's entries, which uses CK's. Internal: a .c file includes
 * ConcurrencyKit.h before this header.
 */
#ifndef LT_SET_H
#define LT_SET_H

#include "lt_states.h"

/* `lists`: two entries may have one hash, and form a same-hash chain. */
struct lt_set *lt_set_create(size_t expected, bool lists);
void lt_set_destroy(struct lt_set *);
/* Returns its present size. CK may make it larger in lt_set_add(). */
size_t lt_set_bytes(const struct lt_set *);
/* Returns the first entry with that hash. The others follow by next_same_hash. */
struct lt_entry *lt_set_find(struct lt_set *, uint64_t hash);
/* Returns false if memory ran out. */
bool lt_set_add(struct lt_set *, struct lt_entry *);
void lt_set_take(struct lt_set *, struct lt_entry *);
/*
 * Fills an empty set with another's entries. If memory ran out, returns false and leaves `from` as
 * it was.
 */
bool lt_set_fill(struct lt_set *into, struct lt_set *from);
/*
 * Return whether one more entry would exceed the load factor, whether a smaller set would do, and
 * whether the set ever grew.
 */
bool lt_set_is_full(const struct lt_set *);
bool lt_set_is_sparse(const struct lt_set *);
bool lt_set_is_grown(const struct lt_set *);
/* Returns whether it was made for more entries. */
bool lt_set_is_larger(const struct lt_set *, const struct lt_set *than);
size_t lt_set_count(const struct lt_set *);
/* Walks the heads of its chains; *offset starts at 0. Returns NULL at the end. */
struct lt_entry *lt_set_next(struct lt_set *, size_t *offset);
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

#endif /* LT_SET_H */
