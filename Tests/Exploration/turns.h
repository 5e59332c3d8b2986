/* Turns, in every state. */
#ifndef TURNS_H
#define TURNS_H

#include <stdbool.h>

struct lt_record;

void turns_check(void);
/* Is it the record of one that is not dropped? */
bool turns_have_record(const struct lt_record *);

#endif /* TURNS_H */
