import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { deviceConfirmPage, deviceDonePage, deviceInputPage } from '../../pages/device.ts'
import { layout } from '../../pages/layout.ts'
import { requestScope } from '../request-scope.ts'

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>

/** The form of oidc-provider, of which only these two texts are used. */
const formIn = (markup: string): { readonly action: string; readonly xsrf: string } => ({
  action: /action="([^"]*)"/.exec(markup)?.[1] ?? '',
  xsrf: /name="xsrf" value="([^"]*)"/.exec(markup)?.[1] ?? '',
})

function problemOf(error: Error | undefined): string | undefined {
  switch (error?.name) {
    case undefined:
    case 'NoCodeError':
      return undefined
    case 'NotFoundError':
    case 'ExpiredError':
    case 'AlreadyUsedError':
      return 'This code does not exist, has expired or was used. Look at your terminal, or start again there.'
    case 'AbortedError':
      return 'You cancelled. The program gets nothing.'
    default:
      return 'This did not work. Start again in your terminal.'
  }
}

const show = (context: KoaContextWithOIDC, page: Parameters<typeof layout>[0]): void => {
  context.type = 'html'
  context.body = layout(page)
}

/** Codes of eight consonants: no words, and 25 billion of them. */
export const deviceFlow: Omit<DeviceFlow, 'enabled'> = {
  charset: 'base-20',
  mask: '****-****',
  deviceInfo: () => ({ ip: requestScope().request.ip ?? 'unknown' }),
  // oidc-provider's order.
  // oxlint-disable-next-line max-params
  userCodeInputSource: (context, form, _out, error) =>
    show(context, { title: 'Sign in a terminal', body: deviceInputPage(formIn(form), problemOf(error)) }),
  // oidc-provider's order.
  // oxlint-disable-next-line max-params
  userCodeConfirmSource: (context, form, client, info, code) =>
    show(context, {
      title: 'Is this your terminal?',
      body: deviceConfirmPage(formIn(form), {
        client: client.clientName ?? client.clientId,
        code,
        address: typeof info['ip'] === 'string' ? info['ip'] : '',
      }),
    }),
  successSource: (context) => show(context, { title: 'Signed in', body: deviceDonePage(context.oidc.client?.clientId ?? 'The program') }),
}
