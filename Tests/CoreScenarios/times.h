/* What tables tell of the times that waits and holds have lasted. */
#ifndef TIMES_H
#define TIMES_H

#include "contended_key.h"

#define SECOND	UINT64_C(1000000000)
#define LAST	(LT_TIMES - 1)

/* How many there are, of all lengths. */
uint64_t times_count(const lt_times_t *);
/* Has the table counted so many, of all lengths? */
bool has_waits(lt_table_t *, uint64_t waits);
bool has_holds(lt_table_t *, uint64_t holds);
/* Is it let in, and does it run? A grant is no hold before. */
bool sleeper_claims_key(struct sleeper *);

#endif /* TIMES_H */
