import type { GenerateRequest } from '../../contracts/ports/model-server.ts'
import type { CompletionBody } from './vllm-api.ts'

/**
 * The request as vLLM wants it. All that changes sampling is said, so that no default of a server decides.
 * @param model the policy's name on that server
 */
export function completionBody(request: GenerateRequest, model: string): CompletionBody {
  const { sampling, stop, stopTokenIds = [] } = request
  return {
    model,
    prompt: [...request.promptTokenIds],
    max_tokens: request.tokensMax,
    // Greedy samples are all the same, and vLLM refuses to make two.
    n: sampling.temperature === 0 ? 1 : request.samples,
    seed: request.seed,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK === 'none' ? 0 : sampling.topK,
    ...(stop.length > 0 && { stop: [...stop] }),
    ...(stopTokenIds.length > 0 && { stop_token_ids: [...stopTokenIds] }),
    include_stop_str_in_output: true,
    logprobs: 0,
    return_token_ids: true,
    // Policy names are never used again, so this only matters where a proxy or a cache outlives the server.
    cache_salt: `salt:${request.policy.name}`,
  }
}
