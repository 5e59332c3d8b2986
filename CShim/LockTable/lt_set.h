/*
 * The set of a stripe's entries by hash. Internal: a .c file includes ConcurrencyKit.h before this
 * header.
 */
#ifndef LT_SET_H
#define LT_SET_H

#include "lt_groups.h"

/*
 * What each removal writes is at the other end, as cores that only search would miss their copies.
 */
struct lt_set {
	struct lt_groups *groups;
	struct lt_groups *old;		/* Its groups from `moved` on must still move; or NULL. */
	size_t moved;
	bool has_overflow;		/* A full group has sent a head to CK's set, ever. */
	bool lists;			/* Two entries may have one hash. Integers never do. */
	ck_hs_t overflow;		/* Valid if has_overflow. */
	struct lt_set *link;
	size_t count;			/* Of the heads of chains. */
};

/* `lists`: two entries may have one hash, and form a same-hash chain. Allocates. */
struct lt_set *lt_set_create(bool lists);
void lt_set_destroy(struct lt_set *);
/* Returns its present size. CK may make it larger in lt_set_add() and lt_set_move_one(). */
size_t lt_set_bytes(const struct lt_set *);
/* Returns the first entry with that hash. The others follow by next_same_hash. */
struct lt_entry *lt_set_find(const struct lt_set *, uint64_t hash);
/* Returns false if memory ran out. */
bool lt_set_add(struct lt_set *, struct lt_entry *);
void lt_set_take(struct lt_set *, struct lt_entry *);
/*
 * Return how many groups the set should have, or 0 if it has them or is about to: more, as one more
 * entry would exceed the load factor; or fewer, as few entries are left.
 */
size_t lt_set_wants_more(const struct lt_set *);
size_t lt_set_wants_fewer(const struct lt_set *);
/* From now on each addition and each removal moves entries to these groups. */
void lt_set_begin_move(struct lt_set *, struct lt_groups *);
bool lt_set_is_moving(const struct lt_set *);
/* Moves the entries of one group. Returns the former groups once they are out of use, or NULL. */
struct lt_groups *lt_set_move_one(struct lt_set *);
/* Returns whether it has more memory than an empty set needs. */
bool lt_set_is_grown(const struct lt_set *);
bool lt_set_is_empty(const struct lt_set *);
/* Walks the heads of its chains; *offset starts at 0. Returns NULL at the end. */
struct lt_entry *lt_set_next(const struct lt_set *, size_t *offset);
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

#endif /* LT_SET_H */
