/*
 * Values that entries keep: what present ones count for. Each function needs the stripe's lock.
 */
#ifndef LT_KEPT_H
#define LT_KEPT_H

#include "lt_entry.h"

static inline void *
lt_value_of_extra(struct lt_extra *extra)
{

	return extra + 1;
}

static inline struct lt_extra *
lt_extra_of_value(void *value)
{

	return (struct lt_extra *)value - 1;
}

/* Do present values keep their keys? */
static inline bool
lt_values_stay(const struct lt_table *table)
{

	return !table->values_in_use_only;
}

/*
 * Makes the entry's value present or absent, which it was not. The caller has a reference, besides
 * that of the value.
 */
LT_COLD void lt_entry_change_value(struct lt_entry *, struct lt_extra *, bool is_present);

#endif /* LT_KEPT_H */
