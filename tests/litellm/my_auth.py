"""Custom authentication: one key is accepted, and every other key is answered with 401.

Without custom authentication and without a database LiteLLM answers a wrong key with 400.
scripts/litellm-proxy generates a new key for each run, so that no client can use the proxy of another run.
"""
import os

from litellm.proxy._types import ProxyException, UserAPIKeyAuth


async def user_api_key_auth(request, api_key: str):
    if api_key == os.environ["LITELLM_RUN_KEY"]:
        return UserAPIKeyAuth(api_key=api_key, key_alias="agent-a", user_id="user-1", team_id="team-1")
    raise ProxyException(message="Authentication Error, invalid key", type="auth_error", param="api_key", code=401)
