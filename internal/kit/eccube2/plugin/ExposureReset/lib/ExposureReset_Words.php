<?php
/** What is wrong with a new password, by the code of the policy: Japanese and English. */
class ExposureReset_Words
{
    /** Both languages of one code. A code without words gets a general sentence, never nothing. */
    public static function of($code, $least, $most)
    {
        $all = array(
            'short' => array($least . '文字以上にしてください。', 'Use ' . $least . ' characters or more.'),
            'long' => array($most . '文字までにしてください。', 'Use ' . $most . ' characters at most.'),
            'characters' => array('半角の英字・数字・記号だけを使ってください。スペースは使えません。', 'Use letters, digits and signs of ASCII only, without spaces.'),
            'differ' => array('2つの欄のパスワードが同じではありません。入力しなおしてください。', 'The two passwords are not the same. Enter them again.'),
            'address' => array('メールアドレスが入ったパスワードは使えません。', 'A password with your e-mail address in it cannot be used.'),
            'shop' => array('店名が入ったパスワードは使えません。', 'A password with the name of this shop in it cannot be used.'),
            'common' => array('よく使われるパスワードは、推測されやすいため使えません。', 'This password is one that is often used and easily guessed. Choose another.'),
            'old' => array('これまでと同じパスワードは使えません。', 'The old password cannot be used again.'),
            'which' => array('会員番号を選んでください。', 'Choose a member number.'),
        );
        return isset($all[$code]) ? $all[$code] : array('このパスワードは使えません。ほかのものにしてください。', 'This password cannot be used. Choose another.');
    }
}
