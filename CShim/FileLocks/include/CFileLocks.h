/* What the directory store needs of the system and Swift can't name. */
#ifndef LOCK_TABLE_FILE_LOCKS_H
#define LOCK_TABLE_FILE_LOCKS_H

#endif
