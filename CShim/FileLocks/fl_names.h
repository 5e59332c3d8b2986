/* How keys are called in the directory. */
#ifndef FL_NAMES_H
#define FL_NAMES_H

#include <string.h>

#include "CFileLocks.h"

#define FL_TOKEN_FILE	"tokens"

/*
 * A key is "namespace/key", and a namespace has no comma. So the file's name has a comma where the
 * key has the slash, and the name of any other file has none.
 */
static inline bool
fl_name_of_key(const char *key, char name[FL_KEY_LENGTH + 1])
{
	size_t length = strlen(key);
	char *slash;

	if (length > FL_KEY_LENGTH)
		return false;
	memcpy(name, key, length + 1);
	slash = memchr(name, '/', length);
	if (slash == NULL)
		return false;
	*slash = ',';
	return true;
}

static inline bool
fl_key_of_name(const char *name, char key[FL_KEY_LENGTH + 1])
{
	size_t length = strlen(name);
	char *comma;

	key[0] = '\0';
	if (length > FL_KEY_LENGTH || memchr(name, ',', length) == NULL)
		return false;
	memcpy(key, name, length + 1);
	comma = memchr(key, ',', length);
	*comma = '/';
	return true;
}

#endif
