#!/usr/bin/env python3
"""Fake provider on loopback. It implements the formats of OpenAI chat, OpenAI Responses, Anthropic Messages
and Gemini, so that a real LiteLLM proxy in front of it translates, retries, falls back and computes costs
without a network. The first part of the path is the scenario. The bodies were written by hand after the
providers' public documentation; they are not recordings of a provider.

usage: upstream.py LOG     listens on a free port of 127.0.0.1 and prints it; logs each request to LOG"""
import json, sys, time, threading, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
COUNT = {}; LOCK = threading.Lock(); LOG = open(sys.argv[1], "a", buffering=1)
ANSWER = threading.local()  # the id of this thread's current answer
def bump(k):
    with LOCK: COUNT[k] = COUNT.get(k, 0) + 1; return COUNT[k]
USAGE = {"prompt_tokens": 1200, "completion_tokens": 350, "total_tokens": 1550,
  "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
  "completion_tokens_details": {"reasoning_tokens": 256, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}
TOOL = [{"id": "call_A1", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\",\"unit\":\"C\"}"}},
        {"id": "call_B2", "type": "function", "function": {"name": "get_time", "arguments": "{\"tz\":\"Europe/Oslo\"}"}}]
def chat(model, msg, fin="stop", usage=USAGE):
    return {"id": "chatcmpl-" + ANSWER.id, "object": "chat.completion", "created": 1763800000, "model": model + "-2024-07-18",
      "system_fingerprint": "fp_fake01", "service_tier": "default",
      "choices": [{"index": 0, "message": msg, "logprobs": None, "finish_reason": fin}], "usage": usage}
def chunk(model, delta, fin=None, usage=None, choices=True):
    return {"id": "chatcmpl-" + ANSWER.id, "object": "chat.completion.chunk", "created": 1763800000, "model": model + "-2024-07-18",
      "system_fingerprint": "fp_fake01", "service_tier": "default",
      "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": fin}] if choices else [], "usage": usage}
RL = {"x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9998", "x-ratelimit-limit-tokens": "200000",
      "x-ratelimit-remaining-tokens": "198450", "x-ratelimit-reset-requests": "8.64s", "x-ratelimit-reset-tokens": "465ms",
      "x-request-id": "req_up_0001", "openai-processing-ms": "123", "openai-version": "2020-10-01"}
class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def js(self, code, obj, hdr=None):
        b = json.dumps(obj).encode(); self.send_response(code); self.send_header("content-type", "application/json")
        for k, v in {**RL, **(hdr or {})}.items(): self.send_header(k, v)
        self.send_header("content-length", str(len(b))); self.end_headers(); self.wfile.write(b)
    def sse_start(self):
        self.send_response(200); self.send_header("content-type", "text/event-stream; charset=utf-8")
        for k, v in RL.items(): self.send_header(k, v)
        self.send_header("connection", "close"); self.end_headers(); self.close_connection = True
    def ev(self, obj, name=None, gap=0.01):
        s = (f"event: {name}\n" if name else "") + "data: " + (obj if isinstance(obj, str) else json.dumps(obj)) + "\n\n"
        self.wfile.write(s.encode()); self.wfile.flush(); time.sleep(gap)
    def do_POST(self):
        n = int(self.headers.get("content-length") or 0); raw = self.rfile.read(n)
        try: body = json.loads(raw or b"{}")
        except Exception: body = {}
        parts = self.path.split("?")[0].strip("/").split("/"); sc = parts[0]; rest = "/".join(parts[1:])
        # The flaky scenarios count per conversation, so that concurrent conversations are independent.
        k = bump((sc, json.dumps(body.get("messages") or body.get("input")))); ANSWER.id = uuid.uuid4().hex
        print(json.dumps({"n": k, "scenario": sc, "path": self.path, "headers": dict(self.headers), "body": body}), file=LOG)
        st = bool(body.get("stream")); model = body.get("model") or "m"
        try: self.route(sc, rest, body, st, model, k)
        except (BrokenPipeError, ConnectionResetError): print(json.dumps({"client_gone": sc}), file=LOG)
    def route(self, sc, rest, body, st, model, k):
        if sc == "e429": return self.js(429, {"error": {"message": "Rate limit reached for " + model, "type": "requests", "param": None, "code": "rate_limit_exceeded"}}, {"retry-after": "1", "x-ratelimit-remaining-requests": "0"})
        if sc == "e500": return self.js(500, {"error": {"message": "The server had an error", "type": "server_error", "param": None, "code": None}})
        if sc == "e503": return self.js(503, {"error": {"message": "Overloaded", "type": "server_error", "param": None, "code": None}}, {"retry-after": "1"})
        if sc == "e401": return self.js(401, {"error": {"message": "Incorrect API key provided: sk-up****ake.", "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}})
        if sc == "ectx": return self.js(400, {"error": {"message": "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}})
        if sc == "efilter": return self.js(400, {"error": {"message": "The response was filtered due to the prompt triggering content management policy.", "type": "invalid_request_error", "param": "prompt", "code": "content_filter"}})
        if sc == "disc": self.close_connection = True; self.connection.close(); return
        if sc == "slow": time.sleep(float(6)); return self.js(200, chat(model, {"role": "assistant", "content": "late", "refusal": None}))
        if sc == "flaky" and k % 3 != 0: return self.js(500, {"error": {"message": f"flaky failure {k}", "type": "server_error", "param": None, "code": None}})
        if sc == "flaky429" and k % 2 != 0: return self.js(429, {"error": {"message": f"flaky 429 {k}", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}, {"retry-after": "1"})
        if rest.endswith("messages"): return self.anthropic(sc, body, st, model)
        if "eneratecontent" in rest.lower(): return self.gemini(rest)
        if rest.endswith("responses"): return self.oai_responses(sc, body, st, model)
        if rest.endswith("embeddings"):
            return self.js(200, {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2, 0.3]}], "model": model, "usage": {"prompt_tokens": 8, "total_tokens": 8}})
        tools = sc == "tools"; think = sc == "think"
        if not st:
            if tools: return self.js(200, chat(model, {"role": "assistant", "content": None, "tool_calls": TOOL, "refusal": None}, "tool_calls"))
            if think: return self.js(200, chat(model, {"role": "assistant", "content": "42", "reasoning_content": "Let me think. Six by seven.", "refusal": None}))
            if sc == "nousage": return self.js(200, {k2: v for k2, v in chat(model, {"role": "assistant", "content": "no usage"}).items() if k2 != "usage"})
            if sc == "cut": return self.js(200, chat(model, {"role": "assistant", "content": "A long answer that was cut", "refusal": None}, "length"))
            return self.js(200, chat(model, {"role": "assistant", "content": "Hello from upstream.", "refusal": None, "annotations": []}))
        self.sse_start(); inc = (body.get("stream_options") or {}).get("include_usage")
        self.ev(chunk(model, {"role": "assistant", "content": None if tools else "", "refusal": None}), gap=0.05)
        if tools:
            for i, t in enumerate(TOOL):
                self.ev(chunk(model, {"tool_calls": [{"index": i, "id": t["id"], "type": "function", "function": {"name": t["function"]["name"], "arguments": ""}}]}))
                a = t["function"]["arguments"]
                for j in range(0, len(a), 9): self.ev(chunk(model, {"tool_calls": [{"index": i, "function": {"arguments": a[j:j+9]}}]}))
        else:
            if think:
                for w in ["Let me ", "think. ", "Six by seven."]: self.ev(chunk(model, {"reasoning_content": w}))
            for i, w in enumerate(["Hello", " from", " upstream", "."]):
                if sc == "midcut" and i == 2: self.wfile.flush(); self.connection.close(); return
                if sc == "miderr" and i == 2:
                    self.ev({"error": {"message": "The server had an error while processing your request", "type": "server_error", "code": None, "param": None}}); return
                if sc == "stall" and i == 2: time.sleep(8)
                self.ev(chunk(model, {"content": w}))
        self.ev(chunk(model, {}, "tool_calls" if tools else "stop"))
        if inc and sc != "nousage": self.ev(chunk(model, {}, usage=USAGE, choices=False))
        self.ev("[DONE]")
    def anthropic(self, sc, body, st, model):
        u = {"input_tokens": 176, "cache_creation_input_tokens": 2048, "cache_read_input_tokens": 1024, "output_tokens": 503, "service_tier": "standard",
             "cache_creation": {"ephemeral_5m_input_tokens": 2048, "ephemeral_1h_input_tokens": 0}}
        blocks = [{"type": "thinking", "thinking": "Let me think about the weather.", "signature": "c2lnbmF0dXJl"},
                  {"type": "text", "text": "I will look it up."},
                  {"type": "tool_use", "id": "toolu_01A", "name": "get_weather", "input": {"city": "Oslo"}}]
        h = {"request-id": "req_anth_0001", "anthropic-ratelimit-requests-limit": "4000", "anthropic-ratelimit-requests-remaining": "3999",
             "anthropic-ratelimit-requests-reset": "2026-11-22T20:00:00Z", "anthropic-ratelimit-tokens-limit": "400000", "anthropic-ratelimit-tokens-remaining": "399000",
             "anthropic-ratelimit-tokens-reset": "2026-11-22T20:00:00Z"}
        if sc == "overloaded": return self.js(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_anth_0002"}, h)
        msg = {"id": "msg_" + ANSWER.id, "type": "message", "role": "assistant", "model": model, "content": blocks, "stop_reason": "tool_use", "stop_sequence": None, "usage": u}
        if not st: return self.js(200, msg, h)
        self.sse_start(); m0 = dict(msg, content=[], stop_reason=None, usage=dict(u, output_tokens=4))
        self.ev({"type": "message_start", "message": m0}, "message_start")
        for i, b in enumerate(blocks):
            if b["type"] == "thinking":
                self.ev({"type": "content_block_start", "index": i, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}, "content_block_start")
                self.ev({"type": "ping"}, "ping")
                for w in ["Let me think ", "about the weather."]: self.ev({"type": "content_block_delta", "index": i, "delta": {"type": "thinking_delta", "thinking": w}}, "content_block_delta")
                self.ev({"type": "content_block_delta", "index": i, "delta": {"type": "signature_delta", "signature": "c2lnbmF0dXJl"}}, "content_block_delta")
            elif b["type"] == "text":
                self.ev({"type": "content_block_start", "index": i, "content_block": {"type": "text", "text": ""}}, "content_block_start")
                for w in ["I will ", "look it up."]: self.ev({"type": "content_block_delta", "index": i, "delta": {"type": "text_delta", "text": w}}, "content_block_delta")
            else:
                self.ev({"type": "content_block_start", "index": i, "content_block": {"type": "tool_use", "id": b["id"], "name": b["name"], "input": {}}}, "content_block_start")
                for w in ["", "{\"city\":", " \"Oslo\"}"]: self.ev({"type": "content_block_delta", "index": i, "delta": {"type": "input_json_delta", "partial_json": w}}, "content_block_delta")
            self.ev({"type": "content_block_stop", "index": i}, "content_block_stop")
        self.ev({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": u}, "message_delta")
        self.ev({"type": "message_stop"}, "message_stop")
    def gemini(self, rest):
        u = {"promptTokenCount": 900, "candidatesTokenCount": 40, "totalTokenCount": 1240, "cachedContentTokenCount": 512, "thoughtsTokenCount": 300,
             "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 900}]}
        def r(text, thought, fin, usage): return {"candidates": [{"content": {"role": "model", "parts": [dict({"text": text}, **({"thought": True} if thought else {}))]}, **({"finishReason": fin} if fin else {}), "index": 0}], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash", "responseId": "gem-" + ANSWER.id}
        if "stream" not in rest: return self.js(200, r("Hello from Gemini.", False, "STOP", u))
        self.sse_start(); self.ev(r("thinking it over", True, None, {"promptTokenCount": 900, "totalTokenCount": 1000, "thoughtsTokenCount": 100}))
        self.ev(r("Hello from ", False, None, {"promptTokenCount": 900, "candidatesTokenCount": 20, "totalTokenCount": 1220, "thoughtsTokenCount": 300})); self.ev(r("Gemini.", False, "STOP", u))
    def oai_responses(self, sc, body, st, model):
        u = {"input_tokens": 1200, "input_tokens_details": {"cached_tokens": 1024}, "output_tokens": 350, "output_tokens_details": {"reasoning_tokens": 256}, "total_tokens": 1550}
        out = [{"type": "reasoning", "id": "rs_fake1", "summary": [{"type": "summary_text", "text": "Looked at the weather."}]},
               {"type": "function_call", "id": "fc_fake1", "call_id": "call_A1", "name": "get_weather", "arguments": "{\"city\":\"Oslo\"}", "status": "completed"},
               {"type": "message", "id": "msg_fake1", "status": "completed", "role": "assistant", "content": [{"type": "output_text", "text": "Hello from upstream.", "annotations": []}]}]
        base = {"id": "resp_" + ANSWER.id, "object": "response", "created_at": 1763800000, "status": "completed", "error": None, "incomplete_details": None, "instructions": None, "max_output_tokens": None,
          "model": model, "output": out, "parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": "medium", "summary": None}, "store": True, "temperature": 1.0,
          "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "usage": u, "user": None, "metadata": {}, "service_tier": "default"}
        if not st: return self.js(200, base)
        self.sse_start(); seq = [0]
        def e(t, **kw): kw = {"type": t, "sequence_number": seq[0], **kw}; seq[0] += 1; self.ev(kw, t)
        pend = dict(base, status="in_progress", output=[], usage=None)
        e("response.created", response=pend); e("response.in_progress", response=pend)
        e("response.output_item.added", output_index=0, item={"type": "reasoning", "id": "rs_fake1", "summary": []})
        e("response.output_item.done", output_index=0, item=out[0])
        e("response.output_item.added", output_index=1, item=dict(out[1], arguments="", status="in_progress"))
        for w in ["{\"city\":", "\"Oslo\"}"]: e("response.function_call_arguments.delta", item_id="fc_fake1", output_index=1, delta=w)
        e("response.function_call_arguments.done", item_id="fc_fake1", output_index=1, arguments=out[1]["arguments"])
        e("response.output_item.done", output_index=1, item=out[1])
        e("response.output_item.added", output_index=2, item=dict(out[2], content=[], status="in_progress"))
        e("response.content_part.added", item_id="msg_fake1", output_index=2, content_index=0, part={"type": "output_text", "text": "", "annotations": []})
        for w in ["Hello ", "from ", "upstream."]: e("response.output_text.delta", item_id="msg_fake1", output_index=2, content_index=0, delta=w)
        e("response.output_text.done", item_id="msg_fake1", output_index=2, content_index=0, text="Hello from upstream.")
        e("response.content_part.done", item_id="msg_fake1", output_index=2, content_index=0, part=out[2]["content"][0])
        e("response.output_item.done", output_index=2, item=out[2])
        e("response.completed", response=base)
ThreadingHTTPServer.daemon_threads = True
server = ThreadingHTTPServer(("127.0.0.1", 0), H); print(server.server_address[1], flush=True); server.serve_forever()
