/* A user of the C interface. */
#ifndef C_USER_H
#define C_USER_H

/* Keys, continuations and data that nothing but the table protects. */
void use_from_c(void);

#endif /* C_USER_H */
