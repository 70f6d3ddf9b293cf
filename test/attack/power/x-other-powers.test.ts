import { describe, expect, it } from 'vitest'
import { classify, withGains } from '../../../domain/classify/classify.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { gainsOfRequest } from '../../../domain/workload/gains.ts'
import { AGENT, asked, policy } from '../../domain/builders.ts'

/** X. Power that is not in a pod template, or that looks like one that the workload had. */
const POD = '/api/v1/namespaces/shop/pods'

/** What a grant that covers ordinary writes is worth for this one. */
function weighed(line: string, now: unknown, before?: unknown): { readonly effect: string | undefined; readonly covered: boolean } {
  const { info } = asked(line)
  const classified = withGains(classify(info), gainsOfRequest(info, now, before))
  const effect = decide({ classified, identity: AGENT, policies: [policy('p')], evaluate: () => true })?.effect
  const scope = info.resource === 'namespaces' ? {} : { namespaces: [info.namespace] }
  const resources = [info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`]
  return { effect, covered: ruleCovers({ verbs: ['*'], apiGroups: [info.apiGroup], resources, ...scope }, classified) }
}
const HELD = { effect: 'RequireApproval', covered: false }
const ORDINARY = { effect: 'RequireGrant', covered: true }

const pod = (more: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { template: { spec: { containers: [{ name: 'a' }], ...more } } },
})
const certificate = (signerName: string): object =>
  pod({ volumes: [{ name: 'c', projected: { sources: [{ podCertificate: { signerName, keyType: 'ED25519' } }] } }] })
const gmsa = (windowsOptions: object): object => pod({ securityContext: { windowsOptions } })
const csi = (driver: string, volumeAttributes: object): object => pod({ volumes: [{ name: 'v', csi: { driver, volumeAttributes } }] })
const namespace = (labels: object): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })

describe('X. power', () => {
  it('X442 of another credential of the same kind is held: a certificate of another signer, another account of Windows', () => {
    const line = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web'
    const own = certificate('example.com/mesh')
    expect(weighed(line, own, own)).toEqual(ORDINARY)
    expect(weighed(line, certificate('kubernetes.io/kube-apiserver-client-pod'), own)).toEqual(HELD)
    const web = gmsa({ gmsaCredentialSpecName: 'web' })
    expect(weighed(line, web, web)).toEqual(ORDINARY)
    expect(weighed(line, gmsa({ gmsaCredentialSpecName: 'domain-admin' }), web)).toEqual(HELD)
    expect(weighed(line, gmsa({ gmsaCredentialSpecName: 'web', gmsaCredentialSpec: '{"Sid":"another"}' }), web)).toEqual(HELD)
    const inline = gmsa({ gmsaCredentialSpec: '{"Sid":"web"}' })
    expect(weighed(line, inline, inline)).toEqual(ORDINARY)
    expect(weighed(line, gmsa({ gmsaCredentialSpec: '{"Sid":"domain-admin"}' }), inline)).toEqual(HELD)
    expect(weighed(`POST ${POD}`, web)).toEqual(HELD)
  })

  it('X503 of a CSI volume is held, and named without the values that the volume had, which its writer may not see', () => {
    const line = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web'
    const before = csi('smb.csi.k8s.io', { source: '//a/b', password: 'yU0k1CaS8ZFjmL82medwrHAQ' })
    expect(weighed(line, before, before)).toEqual(ORDINARY)
    const named = (now: object): readonly string[] => gainsOfRequest(asked(line).info, now, before)
    const added = csi('smb.csi.k8s.io', { source: '//a/b', password: 'yU0k1CaS8ZFjmL82medwrHAQ', dir: 'x' })
    expect(weighed(line, added, before)).toEqual(HELD)
    expect(named(added)).toEqual(['Volume=csi smb.csi.k8s.io dir:x password:(as before) source:(as before)'])
    const elsewhere = csi('other.example', { source: '//evil/b', password: 'yU0k1CaS8ZFjmL82medwrHAQ' })
    expect(weighed(line, elsewhere, before)).toEqual(HELD)
    expect(named(elsewhere)).toEqual(['Volume=csi other.example password:(as before) source://evil/b'])
    expect(gainsOfRequest(asked(`POST ${POD}`).info, before, undefined)[0]).toContain('source://a/b')
  })

  it('X443 of all pods of a Namespace is held: a level of the Pod Security Standards that is less strict, by every write that keeps labels', () => {
    const level = 'pod-security.kubernetes.io/enforce'
    const strict = namespace({ [level]: 'restricted' })
    for (const line of ['PATCH /api/v1/namespaces/shop', 'PUT /api/v1/namespaces/shop', 'PATCH /api/v1/namespaces/shop/status']) {
      expect(weighed(line, namespace({ [level]: 'privileged' }), strict), line).toEqual(HELD)
      expect(weighed(line, namespace({}), strict), line).toEqual(HELD)
      expect(weighed(line, namespace({ [level]: 'restricted', [`${level}-version`]: 'v1.0' }), strict), line).toEqual(HELD)
      expect(weighed(line, namespace({ [level]: 'restricted', team: 'b' }), strict), line).toEqual(ORDINARY)
    }
    expect(weighed('POST /api/v1/namespaces', namespace({ [level]: 'privileged' }))).toEqual(HELD)
    expect(weighed('POST /api/v1/namespaces', namespace({}))).toEqual(ORDINARY)
  })
})
