/* What the model's files share. */
#ifndef FUZZ_MODEL_PARTS_H
#define FUZZ_MODEL_PARTS_H

#include "model.h"

struct party *model_new_party(struct model *, unsigned key, bool shared);
void model_forget(struct model *, struct party *);
/* Would a hold go together with those that there are? */
bool model_admits(const struct model *, unsigned key, bool shared);
/* Its count of the key, if it had one, is the hold's from then on. Does not settle. */
void model_make_hold(struct model *, struct party *, bool was_caller);
/* Ends one that was handed to a party which has not come, and is counted as a caller again. */
void model_take_back(struct model *, struct party *);
/* Lets it in for a release, or its deadline. Does not settle. */
void model_grant(struct model *, struct party *);
/* Behind those in line; behind all; and first in line, but for one that was woken. */
void model_line_up(struct model *, struct party *);
void model_stall(struct model *, struct party *);
void model_return(struct model *, struct party *);
/* Does not settle. */
void model_leave_queue(struct model *, struct party *);
void model_resume(struct model *, struct party *);
/* Lets in, or sends for, those whose turn it is. */
void model_settle(struct model *, unsigned key);

#endif /* FUZZ_MODEL_PARTS_H */
