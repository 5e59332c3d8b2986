/*
 * The set of a stripe's entries by hash. Internal: a .c file includes ConcurrencyKit.h before this
 * header.
 */
#ifndef LT_SET_H
#define LT_SET_H

#include "lt_groups.h"

/*
 * One block with its groups, so that a search that finds nothing reads one cache line or two. To
 * have more or fewer groups, a stripe gets another set, which takes over what this one has.
 */
struct lt_set {
	union {
		size_t moved;		/* How many groups of `old` have moved. */
		struct lt_set *link;	/* In a list, if it is out of use. */
	};
	ck_hs_t *overflow;		/* NULL until a full group sends a head to CK's set. */
	/* A search reads what follows. */
	struct lt_set *old;		/* Its groups from `moved` on must still move; or NULL. */
	uint32_t count : 31;		/* Of the heads of chains. */
	uint32_t lists : 1;		/* Two entries may have one hash. Integers never do. */
	struct lt_groups groups;	/* With what follows it. */
};

_Static_assert(sizeof(struct lt_set) % _Alignof(struct lt_tags) == 0 &&
    sizeof(struct lt_set) == offsetof(struct lt_set, groups) + sizeof(struct lt_groups),
    "the tags follow at once");

/*
 * `lists`: two entries may have one hash, and form a same-hash chain. Allocates: call it with no
 * lock held. Returns NULL if memory ran out.
 */
struct lt_set *lt_set_create(size_t groups, bool lists);
void lt_set_destroy(struct lt_set *);
/* May two entries of the table have one hash? An integer's hash is the integer's alone. */
static inline bool
lt_keys_form_chains(const struct lt_table *table)
{

	return table->keys != LT_KEYS_INTEGER;
}

/* Returns its present size. CK may make it larger in lt_set_add() and lt_set_move_one(). */
size_t lt_set_bytes(const struct lt_set *);
/* Returns the first entry with that hash. The others follow by next_same_hash. */
struct lt_entry *lt_set_find(const struct lt_set *, uint64_t hash);
/* Returns false if memory ran out. */
bool lt_set_add(struct lt_set *, struct lt_entry *);
/* The same where nothing else is to be done. False: nothing was done. */
bool lt_set_add_only(struct lt_set *, struct lt_entry *);
void lt_set_take(struct lt_set *, struct lt_entry *);
/*
 * The same where nothing else is to be done: no chain changes, and neither has a group to move nor
 * should the set have fewer. False: nothing was done.
 */
bool lt_set_take_only(struct lt_set *, struct lt_entry *);
/*
 * Return how many groups the set should have, or 0 if it has them or is about to: more, as one more
 * entry would exceed the load factor; or fewer, as few entries are left.
 */
size_t lt_set_wants_more(const struct lt_set *);
size_t lt_set_wants_fewer(const struct lt_set *);
/*
 * Puts the new set, which is empty, in the place of the other one, which becomes its `old`. Each
 * addition and each removal moves a group from there.
 */
void lt_set_take_over(struct lt_set *by, struct lt_set *from);
/* Moves the entries of one group. Returns the former set once it is out of use, or NULL. */
struct lt_set *lt_set_move_one(struct lt_set *);
/* Returns whether it has more memory than an empty set needs. */
bool lt_set_is_grown(const struct lt_set *);
bool lt_set_is_empty(const struct lt_set *);
/* Walks the heads of its chains; *offset starts at 0. Returns NULL at the end. */
struct lt_entry *lt_set_next(const struct lt_set *, size_t *offset);
/* Lists of sets that are out of use. */
void lt_set_push(struct lt_set **list, struct lt_set *);
void lt_set_destroy_list(struct lt_set *);

#endif /* LT_SET_H */
