/* Between state.c and records.c. */
#ifndef RECORDS_H
#define RECORDS_H

#include "program.h"

struct lt_entry;
struct lt_record;

struct lt_entry *hold_entry(lt_hold_t);
/* Has the key no more records than holders, and all those of the program's holds? */
void records_check(const struct lt_entry *, int key);
/* Has an entry that is not in use none? */
void records_check_absent(const struct lt_entry *);
/* Is it a record that no hold has, or NULL? */
void records_check_unused(const struct lt_record *);
/* The same of a stripe's spare record: is it needed? */
void records_check_spare(const struct lt_record *);

#endif /* RECORDS_H */
