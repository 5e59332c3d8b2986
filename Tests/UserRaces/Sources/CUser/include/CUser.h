/* A user of the C interface. */
#ifndef C_USER_H
#define C_USER_H

/* Keys, continuations and data that nothing but the table protects. */
void use_from_c(void);

/*
 * Two holders of different keys write to the cell, one after the other. Both have waited with a
 * deadline, and the first does so again in between: one thread keeps all deadlines.
 */
void race_with_deadlines(long *cell);

#endif /* C_USER_H */
