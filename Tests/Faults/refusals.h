/* Systems that have no thread to give. */
#ifndef REFUSALS_H
#define REFUSALS_H

/* Runs its scenarios; says how many failed. */
unsigned refusals_run(void);

#endif /* REFUSALS_H */
