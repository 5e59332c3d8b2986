/* Several keys, in the model of the contract. */
#include "model_parts.h"

#include <stdlib.h>

/* Of one key's, the exclusive come first. */
static int
by_order(const void *a, const void *b)
{
	const struct request *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return left->is_shared - right->is_shared;
}

static size_t
sort_requests(struct request *requests, size_t count)
{
	size_t kept = 0;

	qsort(requests, count, sizeof *requests, by_order);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && requests[kept - 1].key == requests[i].key)
			requests[kept - 1].is_shared = requests[kept - 1].is_shared && requests[i].is_shared;
		else
			requests[kept++] = requests[i];
	}
	return kept;
}

void
model_sort_pins(struct model *model, struct request *requests, size_t *count)
{

	/* Of those that are left out, the pins go. */
	for (size_t i = 0; i < *count; i++) {
		for (size_t before = 0; before < i; before++) {
			if (requests[before].key == requests[i].key) {
				model_unpin(model, requests[i].key);
				break;
			}
		}
	}
	*count = sort_requests(requests, *count);
}

/* Those before `pinned` and not held have nothing to give back. What is not kept does not count. */
static void
give_back(struct model *model, struct request *requests, size_t taken, size_t pinned, size_t count)
{

	model->sums.acquisitions -= taken;
	while (taken > 0)
		model_release(model, requests[--taken].participant);
	for (size_t i = pinned; i < count; i++)
		model_unpin(model, requests[i].key);
}

/* Those from *taken on are pinned. */
static lt_status_t
take_pins(struct model *model, struct request *requests, size_t count, size_t *taken,
    uint64_t deadline)
{

	for (; *taken < count; ++*taken) {
		struct request *request = &requests[*taken];
		lt_status_t status = model_try(model, request->key, request->is_shared, deadline);

		if (status == LT_SUSPENDED) {
			model->sums.acquisitions -= *taken;
			return status;
		}
		if (status != LT_OK) {
			give_back(model, requests, *taken, *taken, count);
			return status;
		}
		request->participant = model_take_pinned(model, request->key, request->is_shared);
	}
	return LT_OK;
}

lt_status_t
model_acquire_pinned(struct model *model, struct request *requests, size_t *count,
    uint64_t deadline)
{
	size_t taken = 0;

	model_sort_pins(model, requests, count);
	return take_pins(model, requests, *count, &taken, deadline);
}

lt_status_t
model_acquire_multi(struct model *model, struct request *requests, size_t *count, size_t *taken,
    bool by_pins, uint64_t deadline)
{

	*taken = 0;
	*count = sort_requests(requests, *count);
	if (model->is_shut_down && deadline != LT_FOREVER && deadline != LT_OR_PIN && *count > 0)
		return model_try(model, requests[0].key, requests[0].is_shared, deadline);
	by_pins = by_pins || model->is_shut_down;
	for (size_t i = 0; by_pins && i < *count; i++)
		model_pin(model, requests[i].key);
	while (!by_pins && *taken < *count &&
	    model_is_open(model, requests[*taken].key, requests[*taken].is_shared)) {
		requests[*taken].participant = model_take(model, requests[*taken].key,
		    requests[*taken].is_shared);
		++*taken;
	}
	if (by_pins || *taken == *count)
		return take_pins(model, requests, *count, taken, deadline);
	if (deadline == LT_NO_WAIT) {
		give_back(model, requests, *taken, *count, *count);
		return LT_BUSY;
	}
	for (size_t i = *taken; i < *count; i++)
		model_pin(model, requests[i].key);
	return take_pins(model, requests, *count, taken, deadline);
}
