/* Names of places in the table, for reports. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include <stdio.h>

#include "entries.h"
#include "program.h"

static const char *
name_in_entry(const struct lt_entry *entry, const void *address)
{
	static char name[32];

	if (address != &entry->holders)
		return NULL;
	if (entry->refs == 0 || find_key(entry) < 0)
		return "holders";
	(void)snprintf(name, sizeof name, "holders of key %c", key_name(key_of(entry)));
	return name;
}

static const void *name_wanted;
static const char *name_found;

static void
name_in_set(const struct lt_entry *entry)
{

	if (name_found == NULL)
		name_found = name_in_entry(entry, name_wanted);
}

const char *
ex_name_of_address(const void *address)
{
	struct lt_stripe *stripe;
	const char *name;

	if (ex_table == NULL || ex_is_freed(ex_table))
		return NULL;
	stripe = &ex_table->stripes[0];
	if (address == &stripe->lock)
		return "stripe's lock";
	if (address == &stripe->has_sleepers)
		return "has_sleepers";
	if (address == &ex_table->users)
		return "users";
	if (address == &ex_table->is_recording)
		return "is_recording";
	if (address == &ex_table->is_shut_down)
		return "is_shut_down";
	if (address == &ex_table->plain_keys)
		return "plain_keys";
	if ((name = name_in_entry(&stripe->resident, address)) != NULL)
		return name;
	name_wanted = address;
	name_found = NULL;
	for_each_in_set(stripe->resident.set, name_in_set);
	if (name_found == NULL && stripe->resident.young != NULL)
		name_in_set(stripe->resident.young);
	return name_found;
}
