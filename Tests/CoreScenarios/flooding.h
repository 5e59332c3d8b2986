/* Keys that an attacker has chosen who knows a table's seed. */
#ifndef FLOODING_H
#define FLOODING_H

#include "support.h"

enum flood {
	RANDOM_INTEGERS,	/* Not chosen, to compare with. */
	RANDOM_BYTES,
	ONE_STRIPE,		/* Integers that meet in one stripe, up to 128 of them. */
	ONE_SLOT,		/* And there look for room in the same places of the set. */
	OPAQUE_SLOT,		/* The same, of opaque keys. */
	OPAQUE_HASH,		/* Opaque keys of one hash. */
	BYTES_HASH,		/* Byte strings of one hash. */
	LONG_HASH,		/* And too long to be compared under the lock. */
	FLOODS
};

extern const char *const flood_names[FLOODS];

/* As `table_make`, with the seed that the keys are chosen for. */
lt_table_t *flood_table(enum flood, uint32_t stripes);
/* In place: a prepared key borrows from it. */
void flood_key(struct key *, const lt_table_t *, enum flood, uint64_t number);

#endif /* FLOODING_H */
