// The theme: shades and variables that keep every text readable, light and dark.

import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 9, dark: 8 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // Its `<header>` would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    // What nobody looks at is not read.
    Tabs: { defaultProps: { keepMounted: false } },
    Button: { defaultProps: { size: 'compact-sm' } },
  },
});

/** The library's own values fall short of WCAG AA for these. */
export const readableVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#495057',
    '--mantine-color-placeholder': '#5c636a',
    '--mantine-color-error': '#b02525',
    '--mantine-color-anchor': '#1864ab',
  },
  dark: {
    '--mantine-color-dimmed': '#b8b8b8',
    '--mantine-color-placeholder': '#b8b8b8',
    '--mantine-color-error': '#ffa8a8',
    '--mantine-color-anchor': '#74c0fc',
  },
});
