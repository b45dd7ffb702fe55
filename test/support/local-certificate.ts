/**
 * A certificate of nobody for `localhost`, signed by itself, with its key, valid for a hundred years: for servers that
 * tests start. Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUUEN4pPAr1GqJFyw8W1MKnlSgAWYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDEzNTQ1MloYDzIxMjYxMDMx
MTM1NDUyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASBGjs1BKqWgQ5zvmFR1Zapd7+WVQ6UVB3TB0/CB/FtBhff2Y4Viqll
4tu9Zj3e/+M6I9KsdxFN9YOuiRVetZgwo28wbTAdBgNVHQ4EFgQUy7lnMBGnt69u
9eqgX0YqvXfbjyYwHwYDVR0jBBgwFoAUy7lnMBGnt69u9eqgX0YqvXfbjyYwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgVK14ZpVqrdWSruywdxb0KKPR0wy75S+TK+x8e8rBn9MCIBph
AnwV4AAbiNM026AJliP9Zk0QF5kPa03AlwNWw2pO
-----END CERTIFICATE-----
`

export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgu4ABaIkq44LhuYtF
a1oIaafzlJdJPmlp2qYb3MQO/26hRANCAASBGjs1BKqWgQ5zvmFR1Zapd7+WVQ6U
VB3TB0/CB/FtBhff2Y4Viqll4tu9Zj3e/+M6I9KsdxFN9YOuiRVetZgw
-----END PRIVATE KEY-----
`
