/* What tests see of suspensions from inside the core, and what they force upon them. */
#ifndef PEEK_SUSPENSIONS_H
#define PEEK_SUSPENSIONS_H

#include "CLockTable.h"

struct lt_stripe;

/* What has become of it: what was granted may still be taken back. */
lt_status_t peek_outcome(const lt_suspension_t *);
/* Lets its deadline come now. */
void peek_expire(lt_suspension_t *);
/* Of a queued one: makes it longer ago that it joined. */
void peek_age(lt_suspension_t *, uint64_t nanoseconds);
/* When it joined, and when it was found to be starving. */
uint64_t peek_since(lt_suspension_t *);
uint64_t peek_starving(lt_suspension_t *);
/* Does the timer know it? */
bool peek_is_timed(lt_suspension_t *);

/* One sweep by the monitor. */
void peek_sweep_stripe(struct lt_stripe *);

#endif /* PEEK_SUSPENSIONS_H */
