/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may ask: whoever reaches a Unix socket or loopback, and there whoever has the token or
 * the certificate that is asked for. libmicrohttpd asks clients for a certificate and takes
 * any: what it is worth is looked at here.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "server_parts.h"

static int try_tls(gnutls_certificate_credentials_t with, const struct server_tls *tls,
		   struct error *err)
{
	const gnutls_datum_t cert = {(unsigned char *)tls->cert, (unsigned)strlen(tls->cert)};
	const gnutls_datum_t key = {(unsigned char *)tls->key, (unsigned)strlen(tls->key)};
	int rc = gnutls_certificate_set_x509_key_mem(with, &cert, &key, GNUTLS_X509_FMT_PEM);

	if (rc < 0)
		return error_usage(err, "--tls-cert and --tls-key: %s", gnutls_strerror(rc));
	if (tls->client_ca) {
		const gnutls_datum_t ca = {(unsigned char *)tls->client_ca,
					   (unsigned)strlen(tls->client_ca)};

		rc = gnutls_certificate_set_x509_trust_mem(with, &ca, GNUTLS_X509_FMT_PEM);
		if (rc <= 0)
			return error_usage(err, "--tls-client-ca: %s",
					   rc < 0 ? gnutls_strerror(rc)
						  : "there is no certificate in it");
	}
	return 0;
}

int access_check_tls(const struct server_tls *tls, struct error *err)
{
	gnutls_certificate_credentials_t with;
	int rc;

	if (gnutls_certificate_allocate_credentials(&with) < 0)
		return error_system(err, ENOMEM, "--tls-cert");
	rc = try_tls(with, tls, err);
	gnutls_certificate_free_credentials(with);
	return rc;
}

/* Its chain ends in one of --tls-client-ca, all are valid today, and it is a client's. */
static bool has_certificate(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	unsigned status = 0;

	return info && info->tls_session &&
	       gnutls_certificate_verify_peers(info->tls_session, &purpose, 1, &status) == 0 &&
	       status == 0;
}

static const char *header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

unsigned access_check(struct exchange *x, struct error *err)
{
	const struct server_config *c = &x->server->config;

	if (c->tls.client_ca && !has_certificate(x)) {
		error_set(err, EACCES, "a client needs a certificate of --tls-client-ca");
		return MHD_HTTP_FORBIDDEN;
	}
	if (c->token && !serve_token_matches(header(x, MHD_HTTP_HEADER_AUTHORIZATION), c->token)) {
		error_set(err, EACCES, "a request needs the header Authorization: Bearer TOKEN");
		return MHD_HTTP_UNAUTHORIZED;
	}
	if (!c->token && !c->tls.cert && !c->local &&
	    !serve_host_is_plain(header(x, MHD_HTTP_HEADER_HOST))) {
		error_set(err, EACCES, "the header Host has to be localhost or an address");
		return MHD_HTTP_MISDIRECTED_REQUEST;
	}
	return 0;
}
