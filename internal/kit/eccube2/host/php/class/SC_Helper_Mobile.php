<?php
/** What a feature phone says comes in Shift_JIS, and all it gets leaves in it, with narrow kana. */
class SC_Helper_Mobile
{
    public function sfMobileInit()
    {
        foreach (array(&$_GET, &$_POST, &$_REQUEST) as &$values) {
            array_walk_recursive($values, array($this, 'lfMobileConvertInputValue'));
        }
        mb_http_output('SJIS-win');
        ob_start('mb_output_handler');
        ob_start(array($this, 'narrow'));
    }

    public function lfMobileConvertInputValue(&$value)
    {
        $value = mb_convert_encoding($value, CHAR_CODE, 'SJIS');
    }

    public function narrow($buffer)
    {
        return mb_convert_kana($buffer, 'k');
    }

    public function gfIsMobileMailAddress($address)
    {
        foreach (array('docomo.ne.jp', 'ezweb.ne.jp', 'softbank.ne.jp') as $domain) {
            if (preg_match('/@([^@]+\.)?' . preg_quote($domain, '/') . '$/', $address)) {
                return true;
            }
        }

        return false;
    }
}
