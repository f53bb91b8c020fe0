/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_fetch.h"

#include <stddef.h>

#include "system/secret.h"

int fetch_secrets_read(const struct fetch_config *c, struct fetch_secrets *s, struct error *err)
{
	const struct secret_file ca = {"--tls-ca", c->ca, false};
	const struct secret_file cert = {"--tls-cert", c->cert, false};
	const struct secret_file key = {"--tls-key", c->key, true};
	const struct secret_file token = {"--token-file", c->token_file, true};
	int rc;

	*s = (struct fetch_secrets){.ca = NULL};
	rc = secret_read(&ca, &s->ca, err);
	if (rc == 0)
		rc = secret_read(&cert, &s->cert, err);
	if (rc == 0)
		rc = secret_read(&key, &s->key, err);
	return rc == 0 ? secret_read_token(&token, &s->token, err) : rc;
}

void fetch_secrets_free(struct fetch_secrets *s)
{
	secret_free(s->ca);
	secret_free(s->cert);
	secret_free(s->key);
	secret_free(s->token);
}
