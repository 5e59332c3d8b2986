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
/* Does not settle. */
void model_leave_queue(struct model *, struct party *);
void model_resume(struct model *, struct party *);
/* Lets in, or sends for, those whose turn it is. */
void model_settle(struct model *, unsigned key);

#endif /* FUZZ_MODEL_PARTS_H */
