/* What the model's files share. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "model.h"

struct participant *model_new_participant(struct model *, unsigned key, bool shared);
/* Its count of the key, if it had one, is the hold's from then on. Does not settle. */
void model_make_hold(struct model *, struct participant *, bool was_caller);
/* Ends a hold that was handed over and not claimed: its participant counts as a caller again. */
void model_take_back(struct model *, struct participant *);
/* Ends a hold. Does not settle. */
void model_end_hold(struct model *, struct participant *);
/* A waiter has joined the queue; has left it without a result; and, landed, has ended. */
void model_gets_waiter(struct model *, unsigned key);
void model_loses_waiter(struct model *, unsigned key);
void model_ends_reading(struct model *, const struct participant *waiter);
/* Lets it in for a release, or its deadline. Does not settle. */
void model_grant(struct model *, struct participant *);
/* Behind those in line; behind all; and first in line, but for one that was woken. */
void model_line_up(struct model *, struct participant *);
void model_stall(struct model *, struct participant *);
void model_return(struct model *, struct participant *);
/* Does not settle. */
void model_leave_queue(struct model *, struct participant *);
void model_resume(struct model *, struct participant *);
/* It has left, for a reason. */
void model_give_up(struct model *, struct participant *, lt_status_t reason);
/* Does it want more permits than the key ever has? */
bool model_lacks(const struct model *, unsigned key, bool shared);
/* Grants the key to the waiters whose turn it is, or wakes the oldest. */
void model_settle(struct model *, unsigned key);

#endif /* MODEL_PARTS_H */
