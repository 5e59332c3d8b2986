/*
 * Beginning a stripe, which is zero bytes until a call needs it for a key: WHERE KEYS LIVE, in
 * lt_stripe.h.
 */
#ifndef LT_BEGIN_H
#define LT_BEGIN_H

#include "lt_states.h"

/* Makes a stripe of zero bytes one of the table's. */
LT_COLD void lt_stripe_begin(struct lt_table *, struct lt_stripe *);

/* Call it with the lock, before anything else is read of a stripe in which a key is looked up. */
static inline void
lt_stripe_begin_once(struct lt_table *table, struct lt_stripe *stripe)
{

	if (lt_unlikely(!stripe->is_begun))
		lt_stripe_begin(table, stripe);
}

#endif /* LT_BEGIN_H */
