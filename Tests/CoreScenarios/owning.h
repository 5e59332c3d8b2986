/* Tables of values that own something, and such values. */
#ifndef CORE_OWNING_H
#define CORE_OWNING_H

#include "support.h"

struct owned {
	uint32_t owners;
};

/* All that a value has. Two values are one key if their numbers are the same. */
struct value {
	uint64_t number;
	struct owned *owned;
};

lt_table_t *owning_table(uint32_t stripes);
/* Those of 100 to 199 have one hash. */
struct value value_make(uint64_t number);
void value_end(struct value *);

/* Acquires as a scope does, whose value the table may borrow. */
lt_hold_t borrow_value(lt_table_t *, struct value *, bool shared, uint64_t deadline);
bool is_borrowed(lt_hold_t);
/* Gives the table a value of its own, if it has borrowed that of the hold. */
lt_hold_t give_value(lt_hold_t, struct value *);
void end_scope(lt_hold_t, struct value *, bool shared);
/* A hold like that of a guard, which outlives the caller's value. */
lt_hold_t own_value(lt_table_t *, uint64_t number, uint64_t deadline);

#endif /* CORE_OWNING_H */
